-- A ledger: rows are added, never changed. That consent was given or withdrawn has to be shown
-- when the contact's data is erased, so contact_id is no foreign key, no address is kept in
-- plain, and the ledger still tells who recorded it when the member has left.
CREATE TABLE compliance.consent_records (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    external_id varchar(255),
    contact_id uuid,
    subject_hash compliance.subject_hash,
    purpose varchar(100) NOT NULL,
    channel inbox.channel,
    status compliance.consent_status NOT NULL,
    legal_basis compliance.legal_basis NOT NULL DEFAULT 'consent',
    method compliance.consent_method NOT NULL DEFAULT 'other',
    source varchar(255),
    policy_version varchar(100),
    consent_text text,
    language text,
    jurisdiction crm.country_code,
    ip_address inet,
    user_agent text,
    evidence jsonb NOT NULL DEFAULT '{}',
    recorded_by uuid,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consent_records_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT consent_records_organization_external_id_key UNIQUE (organization_id, external_id),
    CONSTRAINT consent_records_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT consent_records_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT consent_records_subject_check CHECK (num_nonnulls(contact_id, subject_hash) > 0),
    CONSTRAINT consent_records_purpose_check CHECK (purpose ~ '^[a-z0-9][a-z0-9_.-]*$'),
    CONSTRAINT consent_records_language_check CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$'),
    CONSTRAINT consent_records_evidence_check CHECK (jsonb_typeof(evidence) = 'object'),
    CONSTRAINT consent_records_occurred_at_check CHECK (isfinite(occurred_at)),
    CONSTRAINT consent_records_expires_at_check CHECK (
        expires_at IS NULL OR (status IN ('requested', 'granted') AND expires_at > occurred_at)
    )
);
COMMENT ON TABLE compliance.consent_records IS 'Who consented to what, and who withdrew it. Rows are added, never changed: the latest one of a person, purpose and channel holds.';
COMMENT ON COLUMN compliance.consent_records.external_id IS 'Key of the record in another system, e.g. a consent manager; unique per organization.';
COMMENT ON COLUMN compliance.consent_records.contact_id IS 'Contact whose consent it is; the contact may be gone. NULL: known by the digest alone.';
COMMENT ON COLUMN compliance.consent_records.subject_hash IS 'Digest of the address that the consent is for; NULL: for all of the contact''s.';
COMMENT ON COLUMN compliance.consent_records.purpose IS 'What the data may be used for, in the tenant''s words: lower case, no spaces, e.g. newsletter, profiling, call_recording.';
COMMENT ON COLUMN compliance.consent_records.channel IS 'Channel that it is for; NULL: all.';
COMMENT ON COLUMN compliance.consent_records.status IS 'What happened.';
COMMENT ON COLUMN compliance.consent_records.legal_basis IS 'Ground on which the data is processed.';
COMMENT ON COLUMN compliance.consent_records.method IS 'How it was given or withdrawn.';
COMMENT ON COLUMN compliance.consent_records.source IS 'Where it was given or withdrawn: a form, a page, a call.';
COMMENT ON COLUMN compliance.consent_records.policy_version IS 'Version of the privacy policy that was shown.';
COMMENT ON COLUMN compliance.consent_records.consent_text IS 'The very words that were agreed to.';
COMMENT ON COLUMN compliance.consent_records.language IS 'Language of these words: a BCP 47 tag, e.g. en, pt-BR.';
COMMENT ON COLUMN compliance.consent_records.jurisdiction IS 'Country whose law applies: ISO 3166-1 alpha-2.';
COMMENT ON COLUMN compliance.consent_records.ip_address IS 'Address that it came from.';
COMMENT ON COLUMN compliance.consent_records.user_agent IS 'Program that it came from.';
COMMENT ON COLUMN compliance.consent_records.evidence IS 'What else proves it; a JSON object.';
COMMENT ON COLUMN compliance.consent_records.recorded_by IS 'User who recorded it; NULL: the person, or a program.';
COMMENT ON COLUMN compliance.consent_records.occurred_at IS 'When the person said so, finite; earlier than created_at where it was imported.';
COMMENT ON COLUMN compliance.consent_records.expires_at IS 'Until when a grant or a request is good; after occurred_at; NULL: until withdrawn.';

CREATE TABLE compliance.data_export_requests (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    display_id bigint,
    type compliance.request_type NOT NULL DEFAULT 'access',
    status compliance.request_status NOT NULL DEFAULT 'received',
    contact_id uuid,
    user_id uuid,
    subject_name varchar(255),
    subject_email varchar(255),
    subject_hash compliance.subject_hash,
    source varchar(100),
    details text,
    scope text[] NOT NULL DEFAULT '{}',
    jurisdiction crm.country_code,
    requested_by uuid,
    assignee_id uuid,
    requested_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
    extended_at timestamptz,
    extension_reason text,
    verified_at timestamptz,
    verification_method varchar(100),
    completed_at timestamptz,
    rejected_at timestamptz,
    rejection_reason text,
    cancelled_at timestamptz,
    rows_affected bigint,
    format compliance.export_format NOT NULL DEFAULT 'json',
    storage_key text,
    sha256 bytea,
    size_bytes bigint,
    download_token_hash tenancy.token_hash,
    download_expires_at timestamptz,
    downloaded_at timestamptz,
    download_count integer NOT NULL DEFAULT 0,
    note text,
    version integer NOT NULL DEFAULT 1,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT data_export_requests_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT data_export_requests_organization_display_id_key UNIQUE (organization_id, display_id),
    -- Looked up by the token before the organization is known, so the key does not begin with it.
    CONSTRAINT data_export_requests_download_token_hash_key UNIQUE (download_token_hash, organization_id),
    CONSTRAINT data_export_requests_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    -- The request outlives the contact: that the contact was erased is what it shows.
    CONSTRAINT data_export_requests_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE SET NULL (contact_id),
    CONSTRAINT data_export_requests_user_fkey FOREIGN KEY (user_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (user_id),
    CONSTRAINT data_export_requests_requested_by_fkey FOREIGN KEY (requested_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (requested_by),
    CONSTRAINT data_export_requests_assignee_fkey FOREIGN KEY (assignee_id, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (assignee_id),
    CONSTRAINT data_export_requests_display_id_check CHECK (display_id > 0),
    CONSTRAINT data_export_requests_subject_check CHECK (num_nonnulls(contact_id, user_id) <= 1),
    -- An open request without anybody to answer could not be answered.
    CONSTRAINT data_export_requests_open_subject_check CHECK (
        status IN ('completed', 'rejected', 'cancelled') OR num_nonnulls(contact_id, user_id, subject_email) > 0
    ),
    CONSTRAINT data_export_requests_scope_check CHECK (array_position(scope, NULL) IS NULL),
    CONSTRAINT data_export_requests_due_at_check CHECK (due_at > requested_at),
    CONSTRAINT data_export_requests_extended_check CHECK (num_nonnulls(extended_at, extension_reason) <> 1),
    CONSTRAINT data_export_requests_verified_check CHECK (verified_at IS NOT NULL OR verification_method IS NULL),
    CONSTRAINT data_export_requests_completed_after_check CHECK (completed_at >= requested_at),
    CONSTRAINT data_export_requests_status_check CHECK (
        CASE status
            WHEN 'completed' THEN completed_at IS NOT NULL AND num_nonnulls(rejected_at, cancelled_at) = 0
            WHEN 'rejected' THEN num_nonnulls(rejected_at, rejection_reason) = 2 AND num_nonnulls(completed_at, cancelled_at) = 0
            WHEN 'cancelled' THEN cancelled_at IS NOT NULL AND num_nonnulls(completed_at, rejected_at) = 0
            ELSE num_nonnulls(completed_at, rejected_at, cancelled_at) = 0
        END
    ),
    -- Nothing is handed out, and nothing erased, before it is known who asks.
    CONSTRAINT data_export_requests_completed_verified_check CHECK (
        status <> 'completed' OR verified_at IS NOT NULL OR type IN ('objection', 'opt_out_of_sale')
    ),
    CONSTRAINT data_export_requests_rejection_reason_check CHECK (rejection_reason IS NULL OR status = 'rejected'),
    CONSTRAINT data_export_requests_rows_affected_check CHECK (rows_affected >= 0),
    CONSTRAINT data_export_requests_file_check CHECK (
        storage_key IS NOT NULL OR num_nonnulls(sha256, size_bytes, download_token_hash) = 0
    ),
    CONSTRAINT data_export_requests_storage_key_check CHECK (btrim(storage_key) <> ''),
    CONSTRAINT data_export_requests_sha256_check CHECK (octet_length(sha256) = 32),
    CONSTRAINT data_export_requests_size_bytes_check CHECK (size_bytes >= 0),
    CONSTRAINT data_export_requests_download_token_check CHECK (num_nonnulls(download_token_hash, download_expires_at) <> 1),
    CONSTRAINT data_export_requests_download_count_check CHECK (
        download_count >= 0 AND (download_count = 0) = (downloaded_at IS NULL)
    ),
    CONSTRAINT data_export_requests_version_check CHECK (version > 0),
    CONSTRAINT data_export_requests_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE compliance.data_export_requests IS 'What people demand about their own data: copies, corrections, erasure. At most one request per contact and type is open: neither completed, rejected nor cancelled.';
COMMENT ON COLUMN compliance.data_export_requests.display_id IS 'Number for people, counted up from 1 in every organization; never given twice.';
COMMENT ON COLUMN compliance.data_export_requests.type IS 'What is demanded.';
COMMENT ON COLUMN compliance.data_export_requests.status IS 'Where the request stands; each state that ends it has its time.';
COMMENT ON COLUMN compliance.data_export_requests.contact_id IS 'Contact whose data it is about; NULL: a member''s, or a contact that is not found yet or was erased.';
COMMENT ON COLUMN compliance.data_export_requests.user_id IS 'Member whose data it is about.';
COMMENT ON COLUMN compliance.data_export_requests.subject_name IS 'Name of the person as given with the request; to be cleared when an erasure is completed.';
COMMENT ON COLUMN compliance.data_export_requests.subject_email IS 'Address of the person, where the answer goes; valid by crm.is_valid_email; to be cleared when an erasure is completed.';
COMMENT ON COLUMN compliance.data_export_requests.subject_hash IS 'Digest of the address, by which the request is found again after an erasure.';
COMMENT ON COLUMN compliance.data_export_requests.source IS 'How it came, in the tenant''s own words, e.g. e-mail, form, letter.';
COMMENT ON COLUMN compliance.data_export_requests.details IS 'What the person wrote.';
COMMENT ON COLUMN compliance.data_export_requests.scope IS 'Tables or kinds of data that it is confined to; {}: all.';
COMMENT ON COLUMN compliance.data_export_requests.jurisdiction IS 'Country whose law applies: ISO 3166-1 alpha-2.';
COMMENT ON COLUMN compliance.data_export_requests.requested_by IS 'Member who entered the request; NULL: the person, or a program.';
COMMENT ON COLUMN compliance.data_export_requests.assignee_id IS 'Member who handles it; NULL: nobody yet.';
COMMENT ON COLUMN compliance.data_export_requests.requested_at IS 'When the person asked.';
COMMENT ON COLUMN compliance.data_export_requests.due_at IS 'Until when the law wants an answer; after requested_at, 30 days from now by default.';
COMMENT ON COLUMN compliance.data_export_requests.extended_at IS 'When the person was told that it takes longer; NULL: was not.';
COMMENT ON COLUMN compliance.data_export_requests.extension_reason IS 'Why it takes longer; given exactly where extended_at is.';
COMMENT ON COLUMN compliance.data_export_requests.verified_at IS 'When the person was found to be who was claimed; given where a request is completed, but for objections and opt_out_of_sale.';
COMMENT ON COLUMN compliance.data_export_requests.verification_method IS 'How that was found, e.g. e-mail link, identity card.';
COMMENT ON COLUMN compliance.data_export_requests.completed_at IS 'When it was done; given exactly where it is completed.';
COMMENT ON COLUMN compliance.data_export_requests.rejected_at IS 'When it was rejected; given exactly where it is.';
COMMENT ON COLUMN compliance.data_export_requests.rejection_reason IS 'Why it was rejected; given exactly where it is.';
COMMENT ON COLUMN compliance.data_export_requests.cancelled_at IS 'When the person took it back; given exactly where it is cancelled.';
COMMENT ON COLUMN compliance.data_export_requests.rows_affected IS 'How many rows were exported, erased or corrected; not negative.';
COMMENT ON COLUMN compliance.data_export_requests.format IS 'Format in which to export.';
COMMENT ON COLUMN compliance.data_export_requests.storage_key IS 'Where the exported file lies: bucket and key, or a URL without credentials; NULL: there is none, or not any more.';
COMMENT ON COLUMN compliance.data_export_requests.sha256 IS 'SHA-256 of the file, 32 bytes.';
COMMENT ON COLUMN compliance.data_export_requests.size_bytes IS 'Size of the file in bytes; not negative.';
COMMENT ON COLUMN compliance.data_export_requests.download_token_hash IS 'Digest of the token by which the person downloads the file.';
COMMENT ON COLUMN compliance.data_export_requests.download_expires_at IS 'Until when the token is good; given exactly where there is one.';
COMMENT ON COLUMN compliance.data_export_requests.downloaded_at IS 'When the file was last downloaded; NULL: never.';
COMMENT ON COLUMN compliance.data_export_requests.download_count IS 'How often the file was downloaded; not negative.';
COMMENT ON COLUMN compliance.data_export_requests.note IS 'What members wrote about it.';
COMMENT ON COLUMN compliance.data_export_requests.version IS 'Counts the changes, from 1: who changes a request names the version that was read, so that no other''s change is lost.';
COMMENT ON COLUMN compliance.data_export_requests.metadata IS 'What programs keep with the request; a JSON object.';

-- A ledger: rows are added, never changed, and what they speak of cannot vanish from under
-- them. It repeats the terms as they were then, since the right itself may change later.
CREATE TABLE compliance.rights_ledger_entries (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    display_id bigint,
    external_id varchar(255),
    type compliance.rights_entry_type NOT NULL,
    content_id uuid,
    content_rights_id uuid,
    asset_reference text,
    contract_id uuid,
    corrects_id uuid,
    grantor varchar(255),
    licensee varchar(255),
    licensee_company_id uuid,
    right_type creator.right_type NOT NULL,
    is_exclusive boolean NOT NULL DEFAULT false,
    platform creator.platform,
    territory crm.country_code,
    valid_from timestamptz,
    valid_until timestamptz,
    fee_amount numeric(15,2),
    currency crm.currency_code NOT NULL DEFAULT 'USD',
    reason text,
    terms text,
    evidence jsonb NOT NULL DEFAULT '{}',
    evidence_sha256 bytea,
    recorded_by uuid,
    effective_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT rights_ledger_entries_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT rights_ledger_entries_organization_display_id_key UNIQUE (organization_id, display_id),
    CONSTRAINT rights_ledger_entries_organization_external_id_key UNIQUE (organization_id, external_id),
    -- An entry is corrected once; a correction that is wrong is corrected itself.
    CONSTRAINT rights_ledger_entries_organization_corrects_key UNIQUE (organization_id, corrects_id),
    CONSTRAINT rights_ledger_entries_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT rights_ledger_entries_corrects_fkey FOREIGN KEY (corrects_id, organization_id)
        REFERENCES compliance.rights_ledger_entries (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT rights_ledger_entries_licensee_company_fkey FOREIGN KEY (licensee_company_id, organization_id)
        REFERENCES crm.companies (id, organization_id) ON DELETE RESTRICT,
    CONSTRAINT rights_ledger_entries_display_id_check CHECK (display_id > 0),
    CONSTRAINT rights_ledger_entries_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT rights_ledger_entries_asset_check CHECK (
        num_nonnulls(content_id, asset_reference) = 1 AND (content_rights_id IS NULL OR content_id IS NOT NULL)
    ),
    CONSTRAINT rights_ledger_entries_asset_reference_check CHECK (btrim(asset_reference) <> ''),
    CONSTRAINT rights_ledger_entries_corrects_check CHECK ((type = 'corrected') = (corrects_id IS NOT NULL) AND corrects_id IS DISTINCT FROM id),
    CONSTRAINT rights_ledger_entries_licensee_check CHECK (btrim(licensee) <> ''),
    CONSTRAINT rights_ledger_entries_valid_until_check CHECK (valid_until > valid_from),
    CONSTRAINT rights_ledger_entries_fee_amount_check CHECK (fee_amount >= 0 AND fee_amount <> 'NaN'),
    CONSTRAINT rights_ledger_entries_evidence_check CHECK (jsonb_typeof(evidence) = 'object'),
    CONSTRAINT rights_ledger_entries_evidence_sha256_check CHECK (octet_length(evidence_sha256) = 32)
);
COMMENT ON TABLE compliance.rights_ledger_entries IS 'What happened to the rights in content: each grant, change and end, with the terms as they were then. Rows are added, never changed.';
COMMENT ON COLUMN compliance.rights_ledger_entries.display_id IS 'Number of the entry, counted up from 1 in every organization.';
COMMENT ON COLUMN compliance.rights_ledger_entries.external_id IS 'Key of the entry in another system; unique per organization.';
COMMENT ON COLUMN compliance.rights_ledger_entries.type IS 'What happened.';
COMMENT ON COLUMN compliance.rights_ledger_entries.content_id IS 'Content that the right is in.';
COMMENT ON COLUMN compliance.rights_ledger_entries.content_rights_id IS 'The right itself; NULL: it is not kept apart.';
COMMENT ON COLUMN compliance.rights_ledger_entries.asset_reference IS 'What the right is in, where it is none of the kept contents; exactly one of this and content_id is given.';
COMMENT ON COLUMN compliance.rights_ledger_entries.contract_id IS 'Contract by which it happened.';
COMMENT ON COLUMN compliance.rights_ledger_entries.corrects_id IS 'Entry that this one takes the place of; given exactly where the type is corrected.';
COMMENT ON COLUMN compliance.rights_ledger_entries.grantor IS 'Who granted the right, by name.';
COMMENT ON COLUMN compliance.rights_ledger_entries.licensee IS 'Who holds the right, by name; NULL: the organization itself.';
COMMENT ON COLUMN compliance.rights_ledger_entries.licensee_company_id IS 'Company that holds the right, where it is one of the tenant''s companies.';
COMMENT ON COLUMN compliance.rights_ledger_entries.right_type IS 'What the content may be used for.';
COMMENT ON COLUMN compliance.rights_ledger_entries.is_exclusive IS 'Whether nobody else may have the right at the same time.';
COMMENT ON COLUMN compliance.rights_ledger_entries.platform IS 'Platform that the right is for; NULL: every platform.';
COMMENT ON COLUMN compliance.rights_ledger_entries.territory IS 'Country that the right is for: ISO 3166-1 alpha-2; NULL: worldwide.';
COMMENT ON COLUMN compliance.rights_ledger_entries.valid_from IS 'From when the right holds; NULL: from effective_at.';
COMMENT ON COLUMN compliance.rights_ledger_entries.valid_until IS 'Until when the right holds; after valid_from; NULL: for ever.';
COMMENT ON COLUMN compliance.rights_ledger_entries.fee_amount IS 'What was paid for it, in currency; not negative.';
COMMENT ON COLUMN compliance.rights_ledger_entries.currency IS 'Currency of fee_amount: ISO 4217.';
COMMENT ON COLUMN compliance.rights_ledger_entries.reason IS 'Why it happened, e.g. why the right was revoked.';
COMMENT ON COLUMN compliance.rights_ledger_entries.terms IS 'What else was agreed.';
COMMENT ON COLUMN compliance.rights_ledger_entries.evidence IS 'What proves it; a JSON object.';
COMMENT ON COLUMN compliance.rights_ledger_entries.evidence_sha256 IS 'SHA-256 of the document that proves it, 32 bytes.';
COMMENT ON COLUMN compliance.rights_ledger_entries.recorded_by IS 'User who recorded it; NULL: a program.';
COMMENT ON COLUMN compliance.rights_ledger_entries.effective_at IS 'When it took effect; earlier than created_at where it was recorded later.';
