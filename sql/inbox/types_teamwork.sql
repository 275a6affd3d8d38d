CREATE DOMAIN inbox.assignment_method AS text
    CONSTRAINT assignment_method_check CHECK (VALUE IN ('manual', 'claimed', 'round_robin', 'least_busy', 'rule', 'import'));
COMMENT ON DOMAIN inbox.assignment_method IS 'How a contact came to its member: manual (another member gave it), claimed (the member took it), round_robin (each in turn), least_busy (who had the fewest), rule, import.';

CREATE DOMAIN inbox.template_approval AS text
    CONSTRAINT template_approval_check CHECK (VALUE IN ('pending', 'approved', 'rejected', 'paused', 'disabled'));
COMMENT ON DOMAIN inbox.template_approval IS 'What a provider that looks at templates says of one: pending, approved, rejected, paused (for now, e.g. after complaints), disabled (for good).';
