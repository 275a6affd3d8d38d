CREATE DOMAIN sales.commission_kind AS text
    CONSTRAINT commission_kind_check CHECK (VALUE IN ('commission', 'override', 'bonus'));
COMMENT ON DOMAIN sales.commission_kind IS 'What is paid for: commission (a deal that the recipient made), override (a deal that someone made under the recipient), bonus.';

CREATE DOMAIN sales.commission_status AS text
    CONSTRAINT commission_status_check CHECK (VALUE IN ('pending', 'approved', 'paid', 'clawed_back', 'cancelled'));
COMMENT ON DOMAIN sales.commission_status IS 'State of a commission: pending, approved, paid, clawed_back (paid and taken back), cancelled (never paid).';

CREATE DOMAIN sales.forecast_status AS text
    CONSTRAINT forecast_status_check CHECK (VALUE IN ('draft', 'submitted', 'final'));
COMMENT ON DOMAIN sales.forecast_status IS 'State of a forecast: draft, submitted, final (the period is over and its result is known).';

CREATE DOMAIN sales.forecast_method AS text
    CONSTRAINT forecast_method_check CHECK (VALUE IN ('manual', 'weighted_pipeline', 'historical', 'model'));
COMMENT ON DOMAIN sales.forecast_method IS 'How a forecast was made: manual, weighted_pipeline (amounts times probabilities), historical (from earlier periods), model (by a statistical model).';
