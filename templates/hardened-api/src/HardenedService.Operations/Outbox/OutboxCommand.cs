using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace HardenedService.Operations.Outbox;

/// <summary>The verbs <c>outbox list</c>, <c>retry</c> and <c>discard</c>.</summary>
internal static class OutboxCommand
{
    private const int DefaultLimit = 50;
    private const int HighestLimit = 10_000;

    public static Command Create(IConfiguration configuration) => new(
        "outbox",
        "Looks after messages that are not delivered, as the operator role: needs Operations:OperatorConnectionString. What they say is shown to nobody.")
    {
        List(configuration),
        Retry(configuration),
        Discard(configuration),
    };

    private static Command List(IConfiguration configuration)
    {
        var parked = new Option<bool>("--parked") { Description = "Those alone that wait for a person: each attempt failed, or trying again cannot help." };
        var kind = Kind();
        var limit = NumberOption.Create("--limit", DefaultLimit, HighestLimit, "How many at most.");
        var command = new Command(
            "list",
            "Lists what is not delivered, the oldest first. A message is due, or later, at its next attempt; claimed, by a worker that is at it; held, "
                + "behind another one of its key; or parked.") { parked, kind, limit };
        command.SetAction(async (call, cancel) =>
        {
            var messages = await Messages(configuration).ListAsync(call.GetValue(parked), call.GetValue(kind), call.GetRequiredValue(limit), cancel);
            var width = messages.Select(message => message.Kind.Length).DefaultIfEmpty().Max();
            var output = call.InvocationConfiguration.Output;

            foreach (var message in messages)
            {
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{message.Id}  {message.Kind.PadRight(width)}  {message.State,-7}  {message.CreatedAt:yyyy-MM-ddTHH:mm:ssZ}  attempts {message.Attempts}  {message.LastError}").TrimEnd());
            }

            await output.WriteLineAsync(messages.Count switch
            {
                0 => "There are none.",
                var count when count == call.GetRequiredValue(limit) => "There may be more: see --limit.",
                1 => "1 message.",
                var count => string.Create(CultureInfo.InvariantCulture, $"{count} messages."),
            });
        });
        return command;
    }

    private static Command Retry(IConfiguration configuration)
    {
        var id = Id(isOptional: true);
        var all = new Option<bool>("--all") { Description = "All that are parked, or those of one kind." };
        var kind = Kind();
        var command = new Command("retry", "Has parked messages tried again, at once and as often as new ones.") { id, all, kind };
        command.SetAction(async (call, cancel) =>
        {
            var messages = Messages(configuration);
            var output = call.InvocationConfiguration.Output;

            switch (call.GetValue(id), call.GetValue(all), call.GetValue(kind))
            {
                case ({ } one, false, null):
                    Demand(await messages.RetryAsync(one, cancel), one);
                    await output.WriteLineAsync($"{one} is tried again.");
                    break;
                case (null, true, var ofKind):
                    var count = await messages.RetryAllAsync(ofKind, cancel);
                    await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Messages that are tried again: {count}."));
                    break;
                default:
                    throw new UsageException("Name the id of one message, or say --all, and not both; --kind goes with --all.");
            }
        });
        return command;
    }

    private static Command Discard(IConfiguration configuration)
    {
        var id = Id(isOptional: false);
        var command = new Command(
            "discard", "Deletes a parked message, for good and undelivered. What it holds up, of the same key, goes on.") { id };
        command.SetAction(async (call, cancel) =>
        {
            var one = call.GetRequiredValue(id)!.Value;
            Demand(await Messages(configuration).DiscardAsync(one, cancel), one);
            await call.InvocationConfiguration.Output.WriteLineAsync($"{one} is deleted.");
        });
        return command;
    }

    private static Argument<Guid?> Id(bool isOptional)
    {
        var id = new Argument<Guid?>("id")
        {
            Description = "The message's id, as it is listed.",
            Arity = isOptional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        };
        id.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && !Guid.TryParse(value, out _))
            {
                result.AddError($"'{value}' is not the id of a message.");
            }
        });
        return id;
    }

    private static Option<string?> Kind() => new("--kind") { Description = "Messages of this kind alone." };

    private static OutboxMessages Messages(IConfiguration configuration) =>
        new(configuration.RequireConnectionString("Operations:OperatorConnectionString"));

    private static void Demand(bool found, Guid id)
    {
        if (!found)
        {
            throw new NotParkedException($"There is no parked message {id}.");
        }
    }
}
