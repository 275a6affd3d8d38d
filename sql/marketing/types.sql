CREATE DOMAIN marketing.campaign_status AS text
    CONSTRAINT campaign_status_check CHECK (VALUE IN ('draft', 'scheduled', 'active', 'paused', 'completed', 'cancelled'));
COMMENT ON DOMAIN marketing.campaign_status IS 'State of a marketing campaign: draft, scheduled, active, paused, completed, cancelled.';

CREATE DOMAIN marketing.lead_status AS text
    CONSTRAINT lead_status_check CHECK (VALUE IN ('new', 'contacted', 'nurturing', 'qualified', 'unqualified', 'converted'));
COMMENT ON DOMAIN marketing.lead_status IS 'State of a lead: new, contacted, nurturing (not ready yet), qualified, unqualified, converted (has become a contact).';
