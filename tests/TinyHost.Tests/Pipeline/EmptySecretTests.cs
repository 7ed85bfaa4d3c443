// Owns: tests that empty secrets and secrets that cannot be sent are refused at construction.

namespace TinyHost.Tests;

public sealed class EmptySecretTests
{
    private static readonly Func<RequestContext, Task> s_app = _ => Task.CompletedTask;

    public static TheoryData<string> Blank => [null!, "", " ", "\t", "\r\n", "\u00a0", "\u3000"];

    [Theory]
    [MemberData(nameof(Blank))]
    public void A_blank_value_to_route_by_is_refused(string? value) =>
        Assert.ThrowsAny<ArgumentException>(() => FieldRouting.Wrap(s_app, "X-Key", value!, s_app));

    [Theory]
    [InlineData(" key")]
    [InlineData("key\t")]
    [InlineData("key\n")]
    [InlineData("k\0y")]
    [InlineData("k\u0100y")]
    public void An_invalid_field_value_is_refused_without_being_shown(string value)
    {
        var message = Assert.Throws<ArgumentException>(nameof(value), () => FieldRouting.Wrap(s_app, "X-Key", value, s_app)).Message;
        Assert.StartsWith("No field can have the value given for X-Key", message, StringComparison.Ordinal);
        Assert.DoesNotContain(value, message, StringComparison.Ordinal);
    }
}
