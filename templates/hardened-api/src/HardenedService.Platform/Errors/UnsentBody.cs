using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HardenedService.Platform.Errors;

/// <summary>
/// Keeps what was written and not yet sent apart from the server's own buffer, which cannot be emptied: when serializing fails halfway,
/// the problem would stand behind the beginning of the answer that failed.
/// </summary>
internal static class UnsentBody
{
    public static void UseUnsentBody(this WebApplication app) =>
        app.Use(async (context, next) =>
        {
            var server = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
            var unsent = new StreamResponseBodyFeature(server.Stream, server);
            context.Features.Set<IHttpResponseBodyFeature>(unsent);

            try
            {
                await next(context);
                await unsent.CompleteAsync();
            }
            catch (Exception exception)
            {
                // With an exception it ends without being sent.
                await unsent.Writer.CompleteAsync(exception);
                throw;
            }
            finally
            {
                context.Features.Set(server);
            }
        });
}
