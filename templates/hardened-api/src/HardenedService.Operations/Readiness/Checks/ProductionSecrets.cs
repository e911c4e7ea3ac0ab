using HardenedService.Platform.Configuration;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace HardenedService.Operations.Readiness.Checks;

internal sealed class ProductionSecrets : IReadinessCheck
{
    // Those of the console itself, which the API does not know, beside the passwords in its connection strings.
    private static readonly string[] Own = ["Operations:OwnerPassword", "Operations:AppPassword", "Operations:OperatorPassword", "Recovery:Canary:Password"];

    public Concern Concern { get; } = new("secrets-not-development", Tier.Must, "No secret is one that everybody knows")
    {
        Proves = "The API would start in Production with the settings that are here, which refuses placeholders and the secrets that the development runner makes up; "
            + "nor does the console connect with one.",
        DoesNotProve = "That the secrets are hard to guess, that nobody else has them, or that the replicas run with the settings that are here.",
        How = "As `config check --environment Production`, and looks at the console's own passwords. It names keys, and never a value. It is inconclusive where the API's settings are not.",
        Mend = "docs/configuration.md",
        IsOfDeployment = true,
    };

    public Task<Finding> RunAsync(ReadinessContext context, CancellationToken cancel)
    {
        var faults = context.ReadApi(Environments.Production).CheckSettings();
        var connections = context.Configuration.GetSection("Operations").GetChildren()
            .Where(setting => DevelopmentSecret.Recognizes(PasswordOf(setting.Value)))
            .Select(setting => new SettingFault(setting.Path, $"holds a password that {DevelopmentSecret.Fault}"));
        var passwords = Own.Where(key => DevelopmentSecret.Recognizes(context.Configuration[key])).Select(key => new SettingFault(key, DevelopmentSecret.Fault));

        return Task.FromResult(Finding.Of([.. faults.Concat(connections).Concat(passwords).Select(fault => $"{fault}")], "the settings here are sound for Production, and hold no secret of the development runner"));
    }

    private static string? PasswordOf(string? connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString).Password;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
