do $$
begin
  loop
    update identity.accounts
    set nickname = 'anon'
    where id in (
      select id
      from identity.accounts
      where nickname is null
      limit 1000
    );
    exit when not found;
    commit;
  end loop;
end
$$;
