CREATE DOMAIN commerce.order_status AS text
    CONSTRAINT order_status_check CHECK (VALUE IN (
        'draft', 'pending', 'confirmed', 'paid', 'processing', 'shipped', 'delivered', 'completed', 'cancelled', 'refunded'
    ));
COMMENT ON DOMAIN commerce.order_status IS 'State of an order: draft (not placed yet), pending (placed, not confirmed), confirmed, paid, processing, shipped, delivered, completed, cancelled, refunded (in full).';
