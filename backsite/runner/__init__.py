"""`manage.py run`: prepares everything a site needs, then keeps it going."""
