// Owns: tests that empty secrets and secrets that cannot be sent are refused at construction.

namespace TinyHost.Tests;

public sealed class EmptySecretTests
{
    private static readonly Func<RequestContext, Task> s_app = _ => Task.CompletedTask;

    public static TheoryData<string> Blank => [null!, "", " ", "\t", "\r\n", "\u00a0", "\u3000"];

    [Theory]
    [MemberData(nameof(Blank))]
    public void A_blank_password_is_refused(string? password)
    {
        var exception = Assert.Throws<ArgumentException>(
            "users", () => BasicAuthentication.Wrap(s_app, "test", ("ann", "good"), ("bob", password!)));
        Assert.StartsWith(
            "The password of user 2 of 2 for Basic authentication is empty, so anyone could send it: " +
            "give a text that is not blank, and check that the setting it comes from is set.",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Blank))]
    public void A_blank_user_name_is_refused(string? name) =>
        Assert.StartsWith(
            "The name of user 1 of 1 for Basic authentication is empty",
            Assert.Throws<ArgumentException>("users", () => BasicAuthentication.Wrap(s_app, "test", (name!, "good"))).Message,
            StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Blank))]
    public void A_blank_token_is_refused(string? token) =>
        Assert.StartsWith(
            "Token 2 of 2 for Bearer authentication is empty: give the token, and check that the setting it comes from is set.",
            Assert.Throws<ArgumentException>("tokens", () => BearerAuthentication.Wrap(s_app, "test", "good", token!)).Message,
            StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Blank))]
    public void A_blank_value_to_route_by_is_refused(string? value) =>
        Assert.ThrowsAny<ArgumentException>(() => FieldRouting.Wrap(s_app, "X-Key", value!, s_app));

    [Theory]
    [InlineData("secret\n")]
    [InlineData("secret\r\n")]
    [InlineData("sec\0ret")]
    [InlineData("secret\u007f")]
    public void A_password_that_cannot_be_sent_is_refused_without_being_shown(string password)
    {
        var message = Assert.Throws<ArgumentException>("users", () => BasicAuthentication.Wrap(s_app, "test", ("ann", password))).Message;
        Assert.Contains("has a control character, such as the line end of the file it comes from", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_with_an_unpaired_surrogate_is_refused() =>
        Assert.Contains(
            "half of a surrogate pair",
            Assert.Throws<ArgumentException>("users", () => BasicAuthentication.Wrap(s_app, "test", ("ann", "pass\ud83d"))).Message,
            StringComparison.Ordinal);

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

    [Theory]
    [InlineData("a b")]
    [InlineData("pässword")]
    [InlineData("a\u0085b")]
    [InlineData(" x ")]
    [InlineData("\U0001F512")]
    public void Any_other_password_is_accepted(string password) =>
        Assert.NotNull(BasicAuthentication.Wrap(s_app, "test", ("ann", password)));
}
