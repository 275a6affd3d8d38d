-- No code is longer than 16 bytes: creator.content_rights compares platforms as 128-bit keys.
CREATE DOMAIN creator.platform AS text
    CONSTRAINT platform_check CHECK (VALUE IN (
        'instagram', 'tiktok', 'youtube', 'facebook', 'twitter', 'linkedin', 'pinterest', 'snapchat', 'threads',
        'twitch', 'podcast', 'blog', 'newsletter', 'website', 'email', 'print', 'tv', 'out_of_home', 'other'
    ));
COMMENT ON DOMAIN creator.platform IS 'Where content is shown: instagram, tiktok, youtube, facebook, twitter, linkedin, pinterest, snapchat, threads, twitch, podcast, blog, newsletter, website, email, print, tv, out_of_home, other.';

CREATE DOMAIN creator.creator_status AS text
    CONSTRAINT creator_status_check CHECK (VALUE IN ('prospect', 'invited', 'active', 'paused', 'blocked', 'archived'));
COMMENT ON DOMAIN creator.creator_status IS 'Whether a creator is worked with: prospect (not asked yet), invited, active, paused (for now), blocked (refused), archived.';

CREATE DOMAIN creator.creator_tier AS text
    CONSTRAINT creator_tier_check CHECK (VALUE IN ('nano', 'micro', 'mid', 'macro', 'mega', 'celebrity'));
COMMENT ON DOMAIN creator.creator_tier IS 'Size of a creator''s audience, smallest first: nano, micro, mid, macro, mega, celebrity.';

CREATE DOMAIN creator.metric_source AS text
    CONSTRAINT metric_source_check CHECK (VALUE IN ('api', 'provider', 'creator', 'manual', 'import'));
COMMENT ON DOMAIN creator.metric_source IS 'Who says so: api (the platform itself), provider (a measuring service), creator (in the creator''s own words), manual (a member), import.';

CREATE DOMAIN creator.verification_type AS text
    CONSTRAINT verification_type_check CHECK (VALUE IN (
        'identity', 'age', 'email', 'phone', 'address', 'platform_account', 'bank_account', 'tax'
    ));
COMMENT ON DOMAIN creator.verification_type IS 'What is verified of a creator: identity, age, email, phone, address, platform_account, bank_account, tax.';

CREATE DOMAIN creator.verification_status AS text
    CONSTRAINT verification_status_check CHECK (VALUE IN (
        'pending', 'in_review', 'verified', 'rejected', 'expired', 'revoked', 'cancelled'
    ));
COMMENT ON DOMAIN creator.verification_status IS 'State of a verification: pending (evidence is missing), in_review, verified, rejected, expired (was verified, for a time), revoked (was verified, wrongly), cancelled.';

CREATE DOMAIN creator.earning_type AS text
    CONSTRAINT earning_type_check CHECK (VALUE IN (
        'fee', 'milestone', 'commission', 'bonus', 'reimbursement', 'adjustment', 'reversal', 'payout'
    ));
COMMENT ON DOMAIN creator.earning_type IS 'What an entry of a creator''s account is: fee, milestone, commission, bonus, reimbursement (all credits), adjustment (either way), reversal (of another entry, in full), payout (a debit).';

CREATE DOMAIN creator.review_status AS text
    CONSTRAINT review_status_check CHECK (VALUE IN ('pending', 'published', 'hidden'));
COMMENT ON DOMAIN creator.review_status IS 'State of a review: pending (not shown yet), published, hidden (was shown, no longer).';

CREATE DOMAIN creator.campaign_type AS text
    CONSTRAINT campaign_type_check CHECK (VALUE IN (
        'sponsored', 'gifted', 'affiliate', 'ambassador', 'user_generated', 'whitelisting', 'event', 'contest', 'other'
    ));
COMMENT ON DOMAIN creator.campaign_type IS 'How creators take part: sponsored (paid posts), gifted (product for posts), affiliate (commission), ambassador, user_generated (content for the brand''s own channels), whitelisting (ads from the creator''s account), event, contest, other.';

CREATE DOMAIN creator.campaign_objective AS text
    CONSTRAINT campaign_objective_check CHECK (VALUE IN (
        'awareness', 'engagement', 'traffic', 'leads', 'sales', 'content', 'community', 'other'
    ));
COMMENT ON DOMAIN creator.campaign_objective IS 'What a campaign is for: awareness, engagement, traffic, leads, sales, content, community, other.';

CREATE DOMAIN creator.campaign_status AS text
    CONSTRAINT campaign_status_check CHECK (VALUE IN (
        'draft', 'planned', 'recruiting', 'active', 'paused', 'completed', 'cancelled'
    ));
COMMENT ON DOMAIN creator.campaign_status IS 'State of a campaign: draft, planned (agreed, not begun), recruiting (creators may apply), active, paused, completed, cancelled.';

CREATE DOMAIN creator.visibility AS text
    CONSTRAINT visibility_check CHECK (VALUE IN ('private', 'invited', 'public'));
COMMENT ON DOMAIN creator.visibility IS 'Which creators see something: private (none), invited (those who were asked), public (all of the organization''s).';

CREATE DOMAIN creator.brief_status AS text
    CONSTRAINT brief_status_check CHECK (VALUE IN ('draft', 'published', 'superseded'));
COMMENT ON DOMAIN creator.brief_status IS 'State of a brief: draft, published (the one that holds), superseded (by a later one).';

CREATE DOMAIN creator.milestone_status AS text
    CONSTRAINT milestone_status_check CHECK (VALUE IN (
        'pending', 'in_progress', 'submitted', 'approved', 'paid', 'cancelled'
    ));
COMMENT ON DOMAIN creator.milestone_status IS 'State of a milestone: pending, in_progress, submitted (said to be reached), approved (reached), paid, cancelled.';

CREATE DOMAIN creator.deliverable_status AS text
    CONSTRAINT deliverable_status_check CHECK (VALUE IN (
        'pending', 'in_progress', 'submitted', 'revision_requested', 'approved', 'published', 'rejected', 'cancelled'
    ));
COMMENT ON DOMAIN creator.deliverable_status IS 'State of a deliverable: pending, in_progress, submitted (waits for approval), revision_requested, approved, published, rejected, cancelled.';

CREATE DOMAIN creator.application_status AS text
    CONSTRAINT application_status_check CHECK (VALUE IN (
        'invited', 'submitted', 'shortlisted', 'accepted', 'rejected', 'declined', 'withdrawn'
    ));
COMMENT ON DOMAIN creator.application_status IS 'State of an application: invited (the creator was asked), submitted, shortlisted, accepted and rejected (by the organization), declined (the invitation, by the creator), withdrawn (the application, by the creator).';

CREATE DOMAIN creator.placement_status AS text
    CONSTRAINT placement_status_check CHECK (VALUE IN (
        'planned', 'submitted', 'approved', 'rejected', 'scheduled', 'published', 'removed'
    ));
COMMENT ON DOMAIN creator.placement_status IS 'State of a piece of content in a campaign: planned, submitted, approved, rejected, scheduled, published, removed (was published).';

CREATE DOMAIN creator.content_type AS text
    CONSTRAINT content_type_check CHECK (VALUE IN (
        'image', 'video', 'carousel', 'story', 'reel', 'live', 'audio', 'article', 'text', 'link', 'other'
    ));
COMMENT ON DOMAIN creator.content_type IS 'Form of content: image, video, carousel, story, reel, live, audio, article, text, link, other.';

CREATE DOMAIN creator.content_status AS text
    CONSTRAINT content_status_check CHECK (VALUE IN (
        'draft', 'in_review', 'approved', 'published', 'rejected', 'archived'
    ));
COMMENT ON DOMAIN creator.content_status IS 'State of content: draft, in_review, approved, published, rejected, archived.';

CREATE DOMAIN creator.tag_source AS text
    CONSTRAINT tag_source_check CHECK (VALUE IN ('manual', 'ai', 'import'));
COMMENT ON DOMAIN creator.tag_source IS 'Who put a tag on: manual (a member), ai (a model), import.';

CREATE DOMAIN creator.right_type AS text
    CONSTRAINT right_type_check CHECK (VALUE IN (
        'organic', 'paid', 'whitelisting', 'derivative', 'editorial', 'resale'
    ));
COMMENT ON DOMAIN creator.right_type IS 'What content may be used for: organic (posts), paid (advertisements), whitelisting (advertisements from the creator''s account), derivative (edited versions), editorial, resale (to others).';

CREATE DOMAIN creator.brand_safety AS jsonb;
COMMENT ON DOMAIN creator.brand_safety IS 'How safe content is for a brand: a JSON object. Known keys, all optional: score (0, harmful, to 100, harmless), categories (an object of such scores, e.g. violence, adult), flags (an array).';
