using Microsoft.Extensions.Configuration;
using Npgsql;

namespace HardenedService.Operations.Readiness;

/// <summary>What checks look at: the running service, its database, its repository, and what is written down.</summary>
internal sealed class ReadinessContext : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // Neither redirects nor cookies: a check looks at an answer as it comes.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };
    private readonly DirectoryInfo? _repository;
    private readonly Uri? _service;
    private readonly Uri? _management;
    private EvidenceLog? _evidence;

    /// <param name="configuration">The console's settings.</param>
    /// <param name="file">What the team has written down.</param>
    /// <param name="repository">The solution's folder; null where there is none.</param>
    /// <param name="service">The public address; null if nobody said.</param>
    /// <param name="management">The management port's address; null if nobody said.</param>
    public ReadinessContext(IConfiguration configuration, ReadinessFile file, DirectoryInfo? repository, Uri? service, Uri? management)
    {
        (Configuration, File, _repository, _service, _management) = (configuration, file, repository, service, management);
    }

    public IConfiguration Configuration { get; }

    public ReadinessFile File { get; }

    /// <exception cref="UsageException">Nobody said which database.</exception>
    public EvidenceLog Evidence => _evidence ??= new(OperatorConnectionString);

    public string OperatorConnectionString => Configuration.RequireConnectionString("Operations:OperatorConnectionString");

    /// <summary>Who asks, with no credentials.</summary>
    public HttpClient Http => _http;

    /// <exception cref="InconclusiveException">Nobody said where it is.</exception>
    public Uri Service => _service ?? throw new InconclusiveException("needs the service's address: --url");

    /// <exception cref="InconclusiveException">Nobody said where it is.</exception>
    public Uri Management => _management ?? throw new InconclusiveException("needs the management port's address: --management-url");

    /// <summary>A file or folder of the repository.</summary>
    /// <exception cref="InconclusiveException">There is no repository here.</exception>
    public string InRepository(params string[] path) =>
        Path.Combine([(_repository ?? throw new InconclusiveException("needs the repository: run it there, or say where it is (--repository)")).FullName, .. path]);

    /// <summary>Asks the database, as the operator, and reads what comes.</summary>
    /// <exception cref="NpgsqlException">It is out of reach.</exception>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        var settings = new NpgsqlConnectionStringBuilder(OperatorConnectionString) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        List<T> found = [];

        while (await rows.ReadAsync(cancel))
        {
            found.Add(read(rows));
        }

        return found;
    }

    public void Dispose() => _http.Dispose();
}
