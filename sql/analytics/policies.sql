-- What is private is its owner's.
CREATE POLICY private_to_owner ON analytics.dashboards AS RESTRICTIVE
USING (visibility = 'organization' OR owner_id = (SELECT tenancy.current_user_id()))
WITH CHECK (visibility = 'organization' OR owner_id = (SELECT tenancy.current_user_id()));
CREATE POLICY private_to_owner ON analytics.reports AS RESTRICTIVE
USING (visibility = 'organization' OR owner_id = (SELECT tenancy.current_user_id()))
WITH CHECK (visibility = 'organization' OR owner_id = (SELECT tenancy.current_user_id()));
