"""What can be redeemed and where: products and shops.

Law: a product's price is in points; an order keeps the price it was sold at.
"""
