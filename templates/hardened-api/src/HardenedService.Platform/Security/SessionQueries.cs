namespace HardenedService.Platform.Security;

/// <summary>The statements of <see cref="SessionLookup"/>.</summary>
internal static class SessionQueries
{
    /// <summary>The sessions of the tokens <c>$1</c>. Through the index on token_hash, token by token.</summary>
    public const string Find =
        $"""
        select token.position, s.last_seen_at > now() - interval '1 minute', {SessionRow.Columns}
        from unnest($1) with ordinality as token (hash, position)
        join identity.live_sessions s on s.token_hash = token.hash
        """;

    /// <summary>Notes that the sessions <c>$1</c> are used. The condition again, and nobody waits: of several replicas one writes.</summary>
    public const string Touch =
        """
        update identity.sessions
        set last_seen_at = now()
        where id in (
          select id
          from identity.sessions
          where id = any ($1)
            and last_seen_at <= now() - interval '1 minute'
          for update skip locked
        )
        """;
}
