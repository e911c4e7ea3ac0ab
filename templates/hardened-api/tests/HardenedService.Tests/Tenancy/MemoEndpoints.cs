using System.ComponentModel.DataAnnotations;
using HardenedService.Platform.Errors;
using HardenedService.Platform.Idempotency;
using HardenedService.Platform.OpenApi;
using HardenedService.Platform.Paging;
using HardenedService.Platform.Preconditions;
using HardenedService.Platform.Security;
using HardenedService.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace HardenedService.Tests.Tenancy;

public sealed record MemoRequest([property: Required, MinLength(1), MaxLength(100)] string Text);

public sealed record MemoAnswer(Guid Id, string Text, long Version);

public sealed record MemoPage(IReadOnlyList<MemoAnswer> Items, string? NextCursor);

/// <summary>A tenant-owned feature, in which nothing asks for the tenant but <c>RequireMember</c>.</summary>
internal static class MemoEndpoints
{
    public static void Map(RouteGroupBuilder v1)
    {
        var memos = v1.MapGroup("/memos").RequireMember().WithTags("Memos");

        memos.MapGet("/", ListAsync).WithName("listMemos");
        memos.MapGet("/{id:guid}", GetAsync).SendsHeader(StatusCodes.Status200OK, "ETag", "The version.").Answers(Problems.NotFound).WithName("getMemo");
        memos.MapPost("/", AddAsync).RequireIdempotencyKey().WithName("addMemo");
        memos.MapPatch("/{id:guid}", ChangeAsync).RequireIfMatch().Answers(Problems.NotFound).WithName("changeMemo");
        memos.MapDelete("/{id:guid}", RemoveAsync).RequireIfMatch().Answers(Problems.NotFound).WithName("removeMemo");
    }

    private sealed record Position(Guid Id);

    private static async Task<Results<Ok<MemoPage>, ProblemHttpResult>> ListAsync(
        [AsParameters] PageRequest page, Session session, Cursors cursors, MemosDb db, CancellationToken cancel)
    {
        string[] scope = ["memos", $"{session.OrganizationId}", $"{session.UserId}"];

        if (!cursors.TryRead<Position>(page.Cursor, out var position, scope))
        {
            return Cursors.Refusal();
        }

        var memos = position is null ? db.Memos : db.Memos.Where(memo => memo.Id.CompareTo(position.Id) > 0);
        var found = await memos.OrderBy(memo => memo.Id).Take(page.Size + 1).Select(memo => new MemoAnswer(memo.Id, memo.Text, memo.Version)).ToListAsync(cancel);
        var items = found.Take(page.Size).ToList();

        return TypedResults.Ok(new MemoPage(items, found.Count > items.Count ? cursors.Write(new Position(items[^1].Id), scope) : null));
    }

    private static async Task<Results<Ok<MemoAnswer>, ProblemHttpResult>> GetAsync(Guid id, HttpResponse response, MemosDb db, CancellationToken cancel)
    {
        if (await db.Memos.Where(memo => memo.Id == id).Select(memo => new MemoAnswer(memo.Id, memo.Text, memo.Version)).SingleOrDefaultAsync(cancel) is not { } found)
        {
            return Problems.NotFound.Result();
        }

        ETag.Set(response, found.Version);

        return TypedResults.Ok(found);
    }

    private static async Task<Created<MemoAnswer>> AddAsync(MemoRequest request, MemosDb db, CancellationToken cancel)
    {
        var memo = new Memo { Id = Guid.CreateVersion7(), Text = request.Text };
        db.Memos.Add(memo);
        await db.SaveChangesAsync(cancel);

        return TypedResults.Created($"/v1/memos/{memo.Id}", new MemoAnswer(memo.Id, memo.Text, memo.Version));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangeAsync(Guid id, MemoRequest request, IfMatch expected, MemosDb db, CancellationToken cancel) =>
        await AnswerAsync(
            db,
            id,
            await db.Memos.Where(memo => memo.Id == id && expected.Versions.Contains(memo.Version)).ExecuteUpdateAsync(
                set => set.SetProperty(memo => memo.Text, request.Text).SetProperty(memo => memo.Version, memo => memo.Version + 1), cancel),
            cancel);

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(Guid id, IfMatch expected, MemosDb db, CancellationToken cancel) =>
        await AnswerAsync(db, id, await db.Memos.Where(memo => memo.Id == id && expected.Versions.Contains(memo.Version)).ExecuteDeleteAsync(cancel), cancel);

    private static async Task<Results<NoContent, ProblemHttpResult>> AnswerAsync(MemosDb db, Guid id, int changed, CancellationToken cancel) =>
        changed > 0 ? TypedResults.NoContent()
        : await db.Memos.AnyAsync(memo => memo.Id == id, cancel) ? Problems.PreconditionFailed.Result()
        : Problems.NotFound.Result();
}
