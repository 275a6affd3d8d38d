CREATE UNIQUE INDEX assistants_organization_provider_external_id_key ON voice.assistants (organization_id, provider, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX assistants_organization_name_norm_key ON voice.assistants (organization_id, name_norm) WHERE deleted_at IS NULL;
CREATE INDEX assistants_organization_owner_idx ON voice.assistants (organization_id, owner_id);

CREATE UNIQUE INDEX phone_numbers_organization_provider_external_id_key ON voice.phone_numbers (organization_id, provider, external_id) WHERE external_id IS NOT NULL AND deleted_at IS NULL;
-- A number that was given back may be rented anew.
CREATE UNIQUE INDEX phone_numbers_organization_phone_e164_key ON voice.phone_numbers (organization_id, phone_e164) WHERE status <> 'released' AND deleted_at IS NULL;
CREATE INDEX phone_numbers_organization_assistant_idx ON voice.phone_numbers (organization_id, assistant_id);
CREATE INDEX phone_numbers_lists_idx ON voice.phone_numbers USING gin (organization_id, capabilities, labels) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX vapi_calls_organization_vapi_call_id_key ON voice.vapi_calls (organization_id, vapi_call_id) WHERE vapi_call_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX vapi_calls_organization_call_key ON voice.vapi_calls (organization_id, call_id);
CREATE INDEX vapi_calls_organization_assistant_started_at_idx ON voice.vapi_calls (organization_id, assistant_id, started_at);
CREATE INDEX vapi_calls_organization_phone_number_started_at_idx ON voice.vapi_calls (organization_id, phone_number_id, started_at);
CREATE INDEX vapi_calls_organization_contact_started_at_idx ON voice.vapi_calls (organization_id, contact_id, started_at);
CREATE INDEX vapi_calls_organization_status_created_at_idx ON voice.vapi_calls (organization_id, status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX vapi_calls_organization_scheduled_at_idx ON voice.vapi_calls (organization_id, scheduled_at) WHERE status = 'scheduled' AND deleted_at IS NULL;
-- Calls of strangers, to be given to a contact with the same number.
CREATE INDEX vapi_calls_organization_customer_phone_e164_idx ON voice.vapi_calls (organization_id, customer_phone_e164) WHERE contact_id IS NULL AND deleted_at IS NULL;
