CREATE UNIQUE INDEX contact_identities_organization_kind_handle_norm_key ON crm.contact_identities (organization_id, kind, handle_norm) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX contact_identities_organization_kind_external_id_key ON crm.contact_identities (organization_id, kind, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX contact_identities_organization_contact_primary_key ON crm.contact_identities (organization_id, contact_id, kind) WHERE is_primary AND deleted_at IS NULL;
CREATE INDEX contact_identities_organization_contact_idx ON crm.contact_identities (organization_id, contact_id);

CREATE UNIQUE INDEX contact_merges_organization_loser_key ON crm.contact_merges (organization_id, loser_id) WHERE undone_at IS NULL;
CREATE INDEX contact_merges_organization_winner_idx ON crm.contact_merges (organization_id, winner_id, merged_at);
CREATE INDEX contact_merges_organization_merged_by_idx ON crm.contact_merges (organization_id, merged_by);
CREATE INDEX contact_merges_organization_undone_by_idx ON crm.contact_merges (organization_id, undone_by);
