SELECT * FROM shipment WHERE arrange_request_id = $1
