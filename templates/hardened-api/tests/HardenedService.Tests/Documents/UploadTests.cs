using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HardenedService.Tests.Infrastructure;
using HardenedService.Tests.Migrations;

namespace HardenedService.Tests.Documents;

public sealed class UploadTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const int Crowd = 14;
    private const int Rounds = 4;

    public static TheoryData<string, byte[], string?> Files => new()
    {
        { "a.exe", [.. "%PDF-1.4\n"u8, 0], "application/pdf" },
        { "a.pdf", [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', 0, 0], "image/png" },
        { "a.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0], "image/jpeg" },
        { "a.txt", Encoding.UTF8.GetBytes("Grüße\tan alle\r\n😀"), "text/plain" },
        { "a.txt", [(byte)'a'], "text/plain" },
        { "a.html", [.. "<script>alert(1)</script>"u8], "text/plain" },
        { "a.pdf", [.. "PK\u0003\u0004"u8, 0, 0, 8], null },
        { "a.txt", [.. "MZ"u8, 0x90, 0], null },
        { "a.txt", Encoding.Unicode.GetBytes("UTF-16"), null },
        { "a.txt", [.. "cut in the middle of a character "u8, 0xE2, 0x82], null },
        { "a.txt", [.. new byte[300_000].Select(_ => (byte)'a'), 0], null },
        { "a.txt", [.. "\u001B[2J"u8], null },
        { "a.gif", [.. "GIF89a"u8, 1, 0, 1, 0], null },
    };

    [Theory]
    [Wall("F6")]
    [MemberData(nameof(Files))]
    public async Task The_bytes_decide_the_type(string name, byte[] bytes, string? type)
    {
        var owner = await api.NewOwnerAsync();
        using var answer = await api.UploadAsync(owner.Token, DocumentCalls.Form(bytes, name));

        if (type is null)
        {
            await Problem.IsAsync(answer, HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
            await LeavesNothingAsync(owner);
            return;
        }

        var document = await answer.JsonAsync();
        Assert.Equal(type, document.GetProperty("contentType").GetString());
        Assert.Equal(bytes.Length, document.GetProperty("size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), document.GetProperty("sha256").GetString());
        Assert.DoesNotMatch(@"\.(exe|html)$", document.GetProperty("fileName").GetString()!);
    }

    [Theory]
    [Wall("F6")]
    [InlineData(10 * 1024 * 1024 + 1, true)]
    [InlineData(10 * 1024 * 1024 + 1, false)]
    [InlineData(50_000_000, true)]
    public async Task A_file_that_is_too_large_is_refused_and_leaves_nothing(int size, bool tellsLength)
    {
        var owner = await api.NewOwnerAsync();
        using var form = DocumentCalls.Form([.. DocumentCalls.Pdf, .. new byte[size - DocumentCalls.Pdf.Length]]);
        var request = new HttpRequestMessage(HttpMethod.Post, DocumentCalls.Path) { Content = form, Headers = { { "Idempotency-Key", NotesFixture.New() }, { "Authorization", $"Bearer {owner.Token}" } } };
        request.Headers.TransferEncodingChunked = !tellsLength;
        request.Headers.ExpectContinue = tellsLength;

        await Problem.IsAsync(await api.Client.SendAsync(request, TestContext.Current.CancellationToken), HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
        await LeavesNothingAsync(owner);
    }

    [Theory]
    [InlineData("A title", "", "file")]
    [InlineData("", "text", "title")]
    [InlineData("\u202Egpj.exe", "text", "title")]
    [InlineData("two\nlines", "text", "title")]
    public async Task What_is_missing_empty_or_hidden_is_named(string title, string file, string member)
    {
        var owner = await api.NewOwnerAsync();
        var problem = await Problem.IsAsync(
            await api.UploadAsync(owner.Token, DocumentCalls.Form(Encoding.UTF8.GetBytes(file), title: title)), HttpStatusCode.BadRequest, "validation_failed");

        Assert.True(problem.GetProperty("errors").TryGetProperty(member, out _));
        await LeavesNothingAsync(owner);
    }

    [Theory]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA\r\n--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nB\r\n--x--\r\n")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"organizationId\"\r\n\r\nA\r\n--x--\r\n")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\ntext that never ends")]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n\u0080\r\n--x--\r\n")]
    [InlineData("--x\r\n\r\nnameless\r\n--x--\r\n")]
    [InlineData("nothing of a form")]
    public async Task A_form_that_cannot_be_read_is_refused_and_leaves_nothing(string body)
    {
        var owner = await api.NewOwnerAsync();
        using var form = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        form.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");

        await Problem.IsAsync(await api.UploadAsync(owner.Token, form), HttpStatusCode.BadRequest, "malformed_request");
        await LeavesNothingAsync(owner);
    }

    [Fact]
    [Wall("H1")]
    public async Task Without_a_key_nothing_is_received()
    {
        var owner = await api.NewOwnerAsync();

        await Problem.IsAsync(await api.UploadAsync(owner.Token, DocumentCalls.Form(DocumentCalls.Pdf), key: null), HttpStatusCode.BadRequest, "idempotency_key_missing");
        await LeavesNothingAsync(owner);
    }

    [Fact]
    [Wall("H1")]
    public async Task Of_many_clicks_at_once_one_uploads_and_the_others_leave_nothing()
    {
        var owner = await api.NewOwnerAsync();

        for (var round = 1; round <= Rounds; round++)
        {
            var key = NotesFixture.New();
            var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => api.UploadAsync(owner.Token, DocumentCalls.Form(DocumentCalls.Pdf), key)));

            Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict }));
            Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created && !answer.Headers.Contains("Idempotency-Replayed"));
            await HasFilesAsync(owner, round);
            Assert.Equal(round, await CountAsync("documents", owner));

            // With another boundary, and later: the same payload.
            using var again = await api.UploadAsync(owner.Token, DocumentCalls.Form(DocumentCalls.Pdf), key);
            Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotency-Replayed")));
            Assert.Equal("\"1\"", $"{again.Headers.ETag}");
            await Problem.IsAsync(
                await api.UploadAsync(owner.Token, DocumentCalls.Form([.. DocumentCalls.Pdf, 1]), key), HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
            await HasFilesAsync(owner, round);
        }
    }

    [Fact]
    [Wall("F6")]
    public async Task Of_many_uploads_at_once_no_more_are_taken_than_the_quota_holds()
    {
        using var host = api.StartAnother(new Dictionary<string, string> { ["Documents:Quota"] = "3000" });

        for (var round = 0; round < Rounds; round++)
        {
            var owner = await api.NewOwnerAsync();
            var answers = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => NotesFixture.SendAsync(
                host.Public, owner.Token, HttpMethod.Post, DocumentCalls.Path, DocumentCalls.Form(new byte[1000].Select(_ => (byte)'a').ToArray()), ("Idempotency-Key", NotesFixture.New()))));

            Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
            Assert.Equal(Crowd - 3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
            await HasFilesAsync(owner, 3);
        }
    }

    [Fact]
    [Wall("F6")]
    public async Task An_upload_is_stored_as_it_arrives_and_one_that_breaks_off_leaves_nothing()
    {
        var owner = await api.NewOwnerAsync();
        using var connection = new TcpClient();
        await connection.ConnectAsync(api.Client.BaseAddress!.Host, api.Client.BaseAddress.Port, TestContext.Current.CancellationToken);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {DocumentCalls.Path} HTTP/1.1\r\nHost: {api.Client.BaseAddress.Authority}\r\nAuthorization: Bearer {owner.Token}\r\nIdempotency-Key: cut\r\n"
            + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000000\r\n\r\n"
            + $"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n{new string('a', 600_000)}"));

        await Eventually.HoldsAsync(async () => await CountAsync("chunks", owner) == 2, "the first chunks, while the rest is still to come");
        await Eventually.HoldsAsync(
            async () => await api.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'") == 0,
            "no transaction waits for the rest");

        connection.Dispose();
        await LeavesNothingAsync(owner);
    }

    [Fact]
    [Wall("F6")]
    public async Task What_a_killed_process_left_of_an_upload_is_swept()
    {
        var owner = await api.NewOwnerAsync();
        await Sql.RunAsync(
            api.Database.AdminConnectionString,
            $"""
            insert into documents.files (id, organization_id, expires_at) values ('{owner.Id}', '{owner.OrganizationId}', now());
            insert into documents.chunks (file_id, number, organization_id, bytes) values ('{owner.Id}', 0, '{owner.OrganizationId}', 'left');
            """);
        using var host = api.StartAnother(new Dictionary<string, string> { ["Sweeps:Interval"] = "00:00:00.050" });

        await LeavesNothingAsync(owner);
    }

    private async Task LeavesNothingAsync(StoredMember owner)
    {
        await HasFilesAsync(owner, 0);
        Assert.Equal(0, await CountAsync("chunks", owner));
        Assert.Equal(0, await CountAsync("documents", owner));
    }

    // What was not kept goes at the end of its request, which the client does not wait for.
    private Task HasFilesAsync(StoredMember owner, long count) =>
        Eventually.HoldsAsync(async () => await CountAsync("files", owner) == count, $"{count} files of the organization");

    private Task<long> CountAsync(string table, StoredMember owner) =>
        api.ScalarAsync<long>($"select count(*) from documents.{table} where organization_id = $1", owner.OrganizationId);
}
