namespace HardenedService.Operations.Readiness.Checks;

internal sealed class AdministratorsMfa : IReadinessCheck
{
    // Of each administrator who can sign in: whether there is something beside the password, and whether somebody is signed in by the password alone.
    private const string Administrators =
        """
        select
          a.id,
          (a.mfa_enabled and exists (
            select
            from identity.totp_factors f
            where f.account_id = a.id
              and f.enabled_at is not null
          )) or exists (
            select
            from identity.passkeys p
            where p.account_id = a.id
          ),
          exists (
            select
            from identity.live_sessions s
            where s.account_id = a.id
              and s.assurance = 'password'
          )
        from identity.accounts a
        where a.is_administrator
          and a.disabled_at is null
        order by a.created_at, a.id
        """;

    public Concern Concern { get; } = new("administrators-mfa", Tier.Must, "A stolen password makes nobody an administrator")
    {
        Proves = "Every administrator who is not disabled has an authenticator app or a passkey, and none is signed in by a password alone.",
        DoesNotProve = "That the owners of organizations have one; and whoever has a passkey and no app can still sign in by the password.",
        How = "Looks at the accounts, their factors and their sessions. It names accounts by their ids.",
        Mend = "docs/threat-model.md",
        IsOfDeployment = true,
    };

    public async Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var administrators = await context.QueryAsync(
            Administrators, row => (Id: row.GetGuid(0), HasFactor: row.GetBoolean(1), IsInByPassword: row.GetBoolean(2)), cancel);

        return administrators.Count == 0
            ? Finding.NotApplicable("nobody is an administrator")
            : Finding.Of(
                [
                    .. administrators.Where(who => !who.HasFactor).Select(who => $"the administrator {who.Id} has neither authenticator app nor passkey"),
                    .. administrators.Where(who => who.HasFactor && who.IsInByPassword).Select(who => $"the administrator {who.Id} is signed in by a password alone"),
                ],
                $"{Counted.Of(administrators.Count, "administrator")}, each with a second factor or a passkey");
    }
}
