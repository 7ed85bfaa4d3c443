// Owns: tests of BearerAuthentication.

using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class BearerAuthenticationTests
{
    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync("app");

    private static readonly string s_long = new('x', 2_000);

    private static readonly Func<RequestContext, Task> s_guarded = BearerAuthentication.Wrap(
        s_app, "test", "mF_9.B5f-4.1JqM", "second~+/==", s_long);

    [Theory]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1JqM")]
    [InlineData("Authorization: Bearer second~+/==")]
    [InlineData("authorization: bearer   mF_9.B5f-4.1JqM ")]
    public async Task A_valid_token_is_accepted(string line)
    {
        var response = await s_guarded.GetAsync("/", line);
        Assert.Equal((200, "app"), (response.Status, response.Content));
    }

    [Fact]
    public async Task A_long_token_is_accepted() =>
        Assert.Equal(200, (await s_guarded.GetAsync("/", $"Authorization: Bearer {s_long}")).Status);

    [Theory]
    [InlineData("X-Other: 1")]
    [InlineData("Authorization:")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA==")]
    [InlineData("Authorization: BearermF_9.B5f-4.1JqM")]
    public async Task A_request_without_a_token_gets_a_challenge_without_an_error(string line) =>
        AssertRefused("Bearer realm=\"test\"", await s_guarded.GetAsync("/", line));

    [Theory]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1JqN")]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1Jq")]
    [InlineData("Authorization: Bearer mf_9.b5f-4.1jqm")]
    [InlineData("Authorization: Bearer second~+/=")]
    [InlineData("Authorization: Bearer second~+/")]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Bearer =")]
    [InlineData("Authorization: Bearer a b")]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1JqM, Bearer mF_9.B5f-4.1JqM")]
    [InlineData("Authorization: Bearer \"mF_9.B5f-4.1JqM\"")]
    [InlineData("Authorization: Bearer \u00E9")]
    public async Task A_wrong_or_malformed_token_is_invalid(string line) =>
        AssertRefused("Bearer realm=\"test\", error=\"invalid_token\"", await s_guarded.GetAsync("/", line));

    [Fact]
    public async Task A_token_in_the_query_is_ignored() =>
        AssertRefused("Bearer realm=\"test\"", await s_guarded.GetAsync("/?access_token=mF_9.B5f-4.1JqM"));

    [Fact]
    public async Task A_custom_check_gets_only_well_formed_tokens()
    {
        List<string> asked = [];
        var guarded = BearerAuthentication.Wrap(s_app, "test", token =>
        {
            asked.Add(token);
            return token == "good";
        });
        Assert.Equal(200, (await guarded.GetAsync("/", "Authorization: Bearer good")).Status);
        Assert.Equal(401, (await guarded.GetAsync("/", "Authorization: Bearer bad")).Status);
        Assert.Equal(401, (await guarded.GetAsync("/", "Authorization: Bearer b,d")).Status);
        Assert.Equal(["good", "bad"], asked);
    }

    [Fact]
    public void Invalid_arguments_are_refused_at_construction_without_showing_a_token()
    {
        Assert.Throws<ArgumentException>("tokens", () => BearerAuthentication.Wrap(s_app, "test"));
        Assert.Throws<ArgumentException>("tokens", () => BearerAuthentication.Wrap(s_app, "test", ""));
        Assert.Throws<ArgumentException>("realm", () => BearerAuthentication.Wrap(s_app, "té", "t"));
        var exception = Assert.Throws<ArgumentException>("tokens", () => BearerAuthentication.Wrap(s_app, "test", "good", "top secret"));
        Assert.StartsWith(
            "Token 2 of 2 is not a bearer token: letters, digits and -._~+/ with = at the end alone (RFC 6750 §2.1).", exception.Message);
        Assert.DoesNotContain("secret", exception.Message);
    }

    private static void AssertRefused(string challenge, RawResponse response) => Assert.Equal(
        (401, challenge, "401 Unauthorized\n"), (response.Status, response.Field("WWW-Authenticate"), response.Content));
}
