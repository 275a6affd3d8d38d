CREATE TABLE crm.contact_identities (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    kind crm.identity_kind NOT NULL,
    handle varchar(255) NOT NULL,
    phone_region crm.country_code,
    external_id varchar(255),
    label varchar(100),
    display_name varchar(255),
    profile_url text,
    is_primary boolean NOT NULL DEFAULT false,
    source varchar(100),
    verified_at timestamptz,
    opted_out_at timestamptz,
    failing_since timestamptz,
    last_seen_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT contact_identities_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT contact_identities_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT contact_identities_contact_fkey FOREIGN KEY (contact_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT contact_identities_handle_check CHECK (btrim(handle, ' @') <> ''),
    CONSTRAINT contact_identities_phone_region_check CHECK (phone_region IS NULL OR kind IN ('phone', 'sms', 'mms', 'whatsapp')),
    CONSTRAINT contact_identities_external_id_check CHECK (btrim(external_id) <> ''),
    CONSTRAINT contact_identities_label_check CHECK (btrim(label) <> ''),
    CONSTRAINT contact_identities_profile_url_check CHECK (profile_url ~ '^https?://[^\s]+$'),
    CONSTRAINT contact_identities_is_primary_check CHECK (NOT is_primary OR failing_since IS NULL),
    CONSTRAINT contact_identities_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE crm.contact_identities IS 'By what else a contact is known or reached than the e-mail and phone in crm.contacts: more addresses and numbers, handles in social networks, accounts in other systems.';
COMMENT ON COLUMN crm.contact_identities.contact_id IS 'The contact.';
COMMENT ON COLUMN crm.contact_identities.kind IS 'Where the handle is known.';
COMMENT ON COLUMN crm.contact_identities.handle IS 'Address, number or name as entered, e.g. @Ada; an e-mail address is valid by crm.is_valid_email, a number possible by crm.is_possible_phone where its country is known.';
COMMENT ON COLUMN crm.contact_identities.phone_region IS 'Region in whose national form a number is written, where it has no leading +; only for numbers.';
COMMENT ON COLUMN crm.contact_identities.external_id IS 'The system''s own key of the account, which stays when the handle changes; case counts. Unique per kind among an organization''s live identities.';
COMMENT ON COLUMN crm.contact_identities.label IS 'What it is for, in the tenant''s own words, e.g. work, private.';
COMMENT ON COLUMN crm.contact_identities.display_name IS 'Name that is shown there.';
COMMENT ON COLUMN crm.contact_identities.profile_url IS 'Where the contact''s page is; http or https.';
COMMENT ON COLUMN crm.contact_identities.is_primary IS 'Whether to use this one before the contact''s others of its kind; at most one live one is, and never one that fails.';
COMMENT ON COLUMN crm.contact_identities.source IS 'Where it is known from, in the tenant''s own words, e.g. import, signature, merge.';
COMMENT ON COLUMN crm.contact_identities.verified_at IS 'When the contact proved to own it; NULL: not yet.';
COMMENT ON COLUMN crm.contact_identities.opted_out_at IS 'Since when the contact takes nothing unasked by it; NULL: no objection.';
COMMENT ON COLUMN crm.contact_identities.failing_since IS 'Since when nothing reaches it; NULL: it does, or nothing was sent.';
COMMENT ON COLUMN crm.contact_identities.last_seen_at IS 'When the contact last used it; NULL: never.';
COMMENT ON COLUMN crm.contact_identities.metadata IS 'What programs keep with the identity; a JSON object.';

-- One row per contact that was merged away. What there was before is kept, so that the merge can
-- be undone; it is a person's data and goes when the winner is deleted. The winner is a
-- reference like any other: where the winner is merged away in turn it moves on to the next one,
-- so that an old key is resolved in one step.
CREATE TABLE crm.contact_merges (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    winner_id uuid NOT NULL,
    loser_id uuid NOT NULL,
    method crm.merge_method NOT NULL DEFAULT 'manual',
    reason text,
    similarity double precision,
    winner_before jsonb,
    loser_before jsonb,
    moved jsonb NOT NULL DEFAULT '{}',
    dropped jsonb NOT NULL DEFAULT '{}',
    merged_by uuid,
    merged_at timestamptz NOT NULL DEFAULT now(),
    undone_by uuid,
    undone_at timestamptz,
    erased_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT contact_merges_pkey PRIMARY KEY (id, organization_id),
    CONSTRAINT contact_merges_organization_fkey FOREIGN KEY (organization_id)
        REFERENCES tenancy.organizations (id) ON DELETE CASCADE,
    CONSTRAINT contact_merges_winner_fkey FOREIGN KEY (winner_id, organization_id)
        REFERENCES crm.contacts (id, organization_id) ON DELETE CASCADE,
    CONSTRAINT contact_merges_merged_by_fkey FOREIGN KEY (merged_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (merged_by),
    CONSTRAINT contact_merges_undone_by_fkey FOREIGN KEY (undone_by, organization_id)
        REFERENCES tenancy.organization_members (user_id, organization_id) ON DELETE SET NULL (undone_by),
    CONSTRAINT contact_merges_loser_check CHECK (loser_id <> winner_id),
    CONSTRAINT contact_merges_similarity_check CHECK (similarity BETWEEN 0 AND 1),
    CONSTRAINT contact_merges_winner_before_check CHECK (jsonb_typeof(winner_before) = 'object'),
    CONSTRAINT contact_merges_loser_before_check CHECK (jsonb_typeof(loser_before) = 'object'),
    CONSTRAINT contact_merges_moved_check CHECK (
        jsonb_typeof(moved) = 'object' AND NOT jsonb_path_exists(moved, 'strict $.* ? (@.type() != "array")')
    ),
    CONSTRAINT contact_merges_dropped_check CHECK (
        jsonb_typeof(dropped) = 'object' AND NOT jsonb_path_exists(dropped, 'strict $.* ? (@.type() != "array")')
    ),
    CONSTRAINT contact_merges_erased_at_check CHECK (
        erased_at >= merged_at
        AND CASE
            WHEN erased_at IS NULL THEN num_nulls(winner_before, loser_before) = 0
            ELSE num_nonnulls(winner_before, loser_before) = 0 AND dropped = '{}'
        END
    ),
    CONSTRAINT contact_merges_undone_at_check CHECK (undone_at >= merged_at),
    CONSTRAINT contact_merges_undone_by_check CHECK (undone_by IS NULL OR undone_at IS NOT NULL)
);
COMMENT ON TABLE crm.contact_merges IS 'Which contact was merged into which, with what is needed to undo it. A contact is merged away at most once at a time.';
COMMENT ON COLUMN crm.contact_merges.winner_id IS 'Contact that stayed, or into which that one was merged since.';
COMMENT ON COLUMN crm.contact_merges.loser_id IS 'Contact that was merged away; its row may be gone.';
COMMENT ON COLUMN crm.contact_merges.method IS 'Who decided it.';
COMMENT ON COLUMN crm.contact_merges.reason IS 'Why the two were taken for one, e.g. same e-mail address.';
COMMENT ON COLUMN crm.contact_merges.similarity IS 'How alike they were found: 0 to 1; NULL: not measured.';
COMMENT ON COLUMN crm.contact_merges.winner_before IS 'The winner''s row before the merge; a JSON object; NULL exactly where it was erased.';
COMMENT ON COLUMN crm.contact_merges.loser_before IS 'The loser''s row before the merge; a JSON object; NULL exactly where it was erased.';
COMMENT ON COLUMN crm.contact_merges.moved IS 'Rows that referred to the loser and now refer to the winner: a JSON object of arrays of keys, by table.';
COMMENT ON COLUMN crm.contact_merges.dropped IS 'Rows of the loser that the winner had already, e.g. a tag: a JSON object of arrays of rows, by table.';
COMMENT ON COLUMN crm.contact_merges.merged_by IS 'Member who merged them; the current user by default; NULL: a program.';
COMMENT ON COLUMN crm.contact_merges.merged_at IS 'When they were merged.';
COMMENT ON COLUMN crm.contact_merges.undone_by IS 'Member who undid the merge; NULL: a program, or it was not undone.';
COMMENT ON COLUMN crm.contact_merges.undone_at IS 'When the merge was undone; not before it took place; NULL: was not.';
COMMENT ON COLUMN crm.contact_merges.erased_at IS 'When the rows before the merge were erased, so that it cannot be undone any more; NULL: they are kept.';
