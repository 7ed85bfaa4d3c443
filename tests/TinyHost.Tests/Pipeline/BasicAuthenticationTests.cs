// Owns: tests of BasicAuthentication.

using System.Text;
using TinyHost.Tests.Support;

namespace TinyHost.Tests;

public sealed class BasicAuthenticationTests
{
    private static readonly Func<RequestContext, Task> s_app =
        context => context.Response.WriteTextAsync($"app for {context.Items[BasicAuthentication.UserName]}");

    private static readonly Func<RequestContext, Task> s_guarded =
        BasicAuthentication.Wrap(s_app, "test", ("ann", "secret"), ("bob", "pass:word"), ("zoë", "pä§§"), ("long", new string('x', 2_000)));

    [Theory]
    [InlineData("ann", "secret")]
    [InlineData("bob", "pass:word")]
    [InlineData("zoë", "pä§§")]
    public async Task A_correct_name_and_password_are_accepted(string name, string password)
    {
        var response = await s_guarded.GetAsync("/", Basic($"{name}:{password}"));
        Assert.Equal((200, $"app for {name}"), (response.Status, response.Content));
    }

    [Fact]
    public async Task A_long_password_is_accepted() =>
        Assert.Equal(200, (await s_guarded.GetAsync("/", Basic("long:" + new string('x', 2_000)))).Status);

    [Theory]
    [InlineData("Authorization: basic YW5uOnNlY3JldA==")]
    [InlineData("authorization:   BASIC    YW5uOnNlY3JldA==  ")]
    public async Task Scheme_and_spacing_are_read_as_the_grammar_allows(string line) =>
        Assert.Equal(200, (await s_guarded.GetAsync("/", line)).Status);

    [Theory]
    [InlineData("ann:Secret")]
    [InlineData("ann:secret ")]
    [InlineData("ann:")]
    [InlineData("Ann:secret")]
    [InlineData("ann:pass:word")]
    [InlineData("nobody:secret")]
    [InlineData(":secret")]
    [InlineData(":")]
    [InlineData("ann")]
    [InlineData("")]
    [InlineData("ann:secret\n")]
    [InlineData("ann\0:secret")]
    public async Task Wrong_credentials_are_refused(string credentials) => AssertRefused(await s_guarded.GetAsync("/", Basic(credentials)));

    [Theory]
    [InlineData("X-Other: 1")]
    [InlineData("Authorization:")]
    [InlineData("Authorization: Basic")]
    [InlineData("Authorization: Basic =")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA=")]
    [InlineData("Authorization: Basic YW5u OnNlY3JldA==")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA==, Basic YW5uOnNlY3JldA==")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA== x")]
    [InlineData("Authorization: Basic\tYW5uOnNlY3JldA==")]
    [InlineData("Authorization: BasicYW5uOnNlY3JldA==")]
    [InlineData("Authorization: Basic !!!!")]
    [InlineData("Authorization: Basic \u00FF\u00FE")]
    [InlineData("Authorization: Basic //46//4=")]
    [InlineData("Authorization: Bearer YW5uOnNlY3JldA==")]
    public async Task Malformed_credentials_are_refused_without_an_error(string line) =>
        AssertRefused(await s_guarded.GetAsync("/", line));

    [Fact]
    public async Task Two_Authorization_lines_are_refused() =>
        AssertRefused(await s_guarded.GetAsync("/", Basic("ann:secret"), Basic("ann:secret")));

    [Fact]
    public async Task The_realm_is_quoted_and_escaped()
    {
        var response = await BasicAuthentication.Wrap(s_app, "a \"b\" \\c", ("u", "p")).GetAsync("/");
        Assert.Equal("Basic realm=\"a \\\"b\\\" \\\\c\", charset=\"UTF-8\"", response.Field("WWW-Authenticate"));
    }

    [Fact]
    public async Task A_custom_check_decides()
    {
        List<string> asked = [];
        var guarded = BasicAuthentication.Wrap(s_app, "test", (name, password) =>
        {
            asked.Add($"{name}/{password}");
            return name == "zoë";
        });
        Assert.Equal("app for zoë", (await guarded.GetAsync("/", Basic("zoë:a:b"))).Content);
        AssertRefused(await guarded.GetAsync("/", Basic("ann:secret")));
        AssertRefused(await guarded.GetAsync("/", Basic("no colon")));
        AssertRefused(await guarded.GetAsync("/", "Authorization: Basic /////zpw"));
        Assert.Equal(["zoë/a:b", "ann/secret"], asked);
    }

    [Fact]
    public async Task A_single_path_can_be_guarded()
    {
        var chain = PathRouting.Wrap(context => context.Response.WriteTextAsync("open"), "/admin", s_guarded);
        Assert.Equal("open", (await chain.GetAsync("/")).Content);
        AssertRefused(await chain.GetAsync("/admin"));
    }

    [Fact]
    public async Task Credentials_are_never_logged()
    {
        var log = new RecordingLogger();
        var wrong = $"GET / HTTP/1.1\r\nHost: h\r\n{Basic("ann:wrong")}\r\n\r\n";
        var right = $"GET / HTTP/1.1\r\nHost: h\r\n{Basic("ann:secret")}\r\n\r\n";
        var transport = new MemoryTransport().Arrive(wrong + right).FinishSending();
        var app = BasicAuthentication.Wrap(_ => throw new NotSupportedException(), "test", ("ann", "secret"));
        using var server = new MemoryServer(AccessLog.Wrap(ErrorHandling.Wrap(app, log), log), transport, logger: log);
        await server.EndAsync();
        Assert.Equal(3, log.Entries.Count(entry => entry.Message.Contains("GET /", StringComparison.Ordinal)));
        Assert.DoesNotContain(log.Entries, entry => $"{entry.Message}{entry.Exception}".AsSpan().ContainsAny(s_secrets));
    }

    [Fact]
    public void Invalid_arguments_are_refused_at_construction()
    {
        Assert.Throws<ArgumentException>("users", () => BasicAuthentication.Wrap(s_app, "test"));
        Assert.Throws<ArgumentException>("realm", () => BasicAuthentication.Wrap(s_app, "line\nbreak", ("u", "p")));
        var exception = Assert.Throws<ArgumentException>("users", () => BasicAuthentication.Wrap(s_app, "test", ("a:b", "p")));
        Assert.StartsWith("Not a user name for Basic authentication: 'a:b' contains a colon (RFC 7617 §2).", exception.Message);
    }

    private static readonly System.Buffers.SearchValues<string> s_secrets = System.Buffers.SearchValues.Create(
        ["ann:", "secret", "wrong", "YW5u"], StringComparison.Ordinal);

    private static string Basic(string credentials) =>
        "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));

    private static void AssertRefused(RawResponse response) => Assert.Equal(
        (401, "Basic realm=\"test\", charset=\"UTF-8\"", "401 Unauthorized\n"),
        (response.Status, response.Field("WWW-Authenticate"), response.Content));
}
