// Owns: the rule that an event id in the log stands for one message, so that logs can be filtered by it.

using System.Reflection;
using Microsoft.Extensions.Logging;

namespace TinyHost.Tests;

public sealed class EventIdTests
{
    // The error stage and the access log have categories of their own, and count from 1 there.
    private static readonly string[] s_otherCategories = ["RequestFailed"];

    [Fact]
    public void Each_message_of_a_server_has_an_event_id_of_its_own()
    {
        var messages = typeof(HttpServer).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (Id: method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId, method.Name))
            .Where(message => message.Id is not null && !s_otherCategories.Contains(message.Name))
            .ToArray();
        Assert.True(messages.Length > 30, $"{messages.Length} messages are found.");
        Assert.All(
            messages.GroupBy(message => message.Id),
            same => Assert.True(same.Count() == 1, $"{same.Key}: {string.Join(", ", same.Select(message => message.Name))}"));
    }
}
