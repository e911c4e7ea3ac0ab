-- What the other script did, undone in the opposite order.
select 1;
