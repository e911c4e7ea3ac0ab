using System.Globalization;
using System.Reflection;
using System.Text;
using HardenedService.Api.Identity;
using HardenedService.Platform;
using HardenedService.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace HardenedService.Tests.Conformance;

/// <summary>What is logged can be relied upon: dashboards and alerts know an event by its id and its name.</summary>
public sealed class EventTests
{
    private const string Heading = "## Events\n";

    private static readonly IReadOnlyList<(Type Type, LoggerMessageAttribute Event)> Events =
    [
        .. from known in new[] { typeof(RegisterRequest), typeof(PlatformExtensions) }
           from type in known.Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let logged = method.GetCustomAttribute<LoggerMessageAttribute>()
           where logged is not null
           orderby logged.EventId
           select (type, logged),
    ];

    [Fact]
    public void Every_event_has_an_id_and_a_name_of_its_own()
    {
        Assert.NotEmpty(Events);
        Assert.All(Events, told => Assert.True(
            told.Event is { EventId: > 0, EventName.Length: > 0 }, $"{told.Type.Name}: give \"{told.Event.Message}\" an EventId and an EventName, and never change them."));
        Assert.Equal(Events.Select(told => told.Event.EventId).Distinct(), Events.Select(told => told.Event.EventId));
        Assert.Equal(Events.Select(told => told.Event.EventName).Distinct(), Events.Select(told => told.Event.EventName));
    }

    [Fact]
    public async Task The_documented_events_are_those_of_the_code() => await GeneratedDocument.IsUpToDateAsync(
        "events.md", "the LoggerMessages", documented => documented[..(documented.IndexOf(Heading, StringComparison.Ordinal) + Heading.Length)] + Table());

    private static string Table()
    {
        var table = new StringBuilder("\n| id | name | level | message |\n| --- | --- | --- | --- |\n");

        foreach (var (type, told) in Events.Where(told => !IsOfFeature(told.Type)))
        {
            var level = told.Level == LogLevel.None ? "varies" : $"{told.Level}";
            table.Append(CultureInfo.InvariantCulture, $"| {told.EventId} | {told.EventName} | {level} | {told.Message} |\n");
        }

        return table.ToString();
    }

    // Features come and go, and the document stays as it is. A feature lies where its tests do.
    private static bool IsOfFeature(Type type) =>
        FeatureSample.All.Any(feature => type.FullName!.Contains($".Api.{feature.GetType().Namespace!.Split('.')[^1]}.", StringComparison.Ordinal));
}
