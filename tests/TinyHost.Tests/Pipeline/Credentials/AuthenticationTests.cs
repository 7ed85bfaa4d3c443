// Owns: tests of whom Authentication admits, and how it refuses.

using System.Security.Claims;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.Credentials;

namespace TinyHost.Tests;

public sealed class AuthenticationTests
{
    private const string BasicChallenge = "Basic realm=\"test\", charset=\"UTF-8\"";

    private static readonly Func<RequestContext, Task> s_app = context => context.Response.WriteTextAsync(
        $"app for {context.User.Identity!.Name} by {context.User.Identity.AuthenticationType}");

    private static readonly Func<RequestContext, Task> s_users = Wrap(auth => auth
        .User("ann", Hash("secret")).User("bob", Hash("pass:word")).User("zoë", Hash("pä§§")).User("long", Hash(new string('x', 2_000))));

    private static readonly Func<RequestContext, Task> s_tokens = Wrap(auth => auth
        .Token("ci", "mF_9.B5f-4.1JqM").Token("cd", "second~+/==").Token("long", new string('x', 2_000))
        .Token("hashed", "$sha256$2BB80D537B1DA3E38BD30361AA855686BDE0EACD7162FEF6A25FE97BF527A25B"));

    [Theory]
    [InlineData("ann", "secret")]
    [InlineData("bob", "pass:word")]
    [InlineData("zoë", "pä§§")]
    public async Task A_correct_name_and_password_are_accepted(string name, string password)
    {
        var response = await s_users.GetAsync("/", Basic($"{name}:{password}"));
        Assert.Equal((200, $"app for {name} by Basic"), (response.Status, response.Content));
    }

    [Fact]
    public async Task Long_credentials_are_accepted()
    {
        Assert.Equal(200, (await s_users.GetAsync("/", Basic("long:" + new string('x', 2_000)))).Status);
        Assert.Equal(200, (await s_tokens.GetAsync("/", Bearer(new string('x', 2_000)))).Status);
    }

    [Theory]
    [InlineData("Authorization: basic YW5uOnNlY3JldA==")]
    [InlineData("authorization:   BASIC    YW5uOnNlY3JldA==  ")]
    public async Task Scheme_and_spacing_are_read_as_the_grammar_allows(string line) =>
        Assert.Equal(200, (await s_users.GetAsync("/", line)).Status);

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
    public async Task Wrong_credentials_are_refused(string credentials) =>
        AssertRefused("invalid credentials", await s_users.GetAsync("/", Basic(credentials)), BasicChallenge);

    [Theory]
    [InlineData("Authorization: Basic")]
    [InlineData("Authorization: Basic =")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA=")]
    [InlineData("Authorization: Basic YW5u OnNlY3JldA==")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA==, Basic YW5uOnNlY3JldA==")]
    [InlineData("Authorization: Basic YW5uOnNlY3JldA== x")]
    [InlineData("Authorization: Basic !!!!")]
    [InlineData("Authorization: Basic \u00FF\u00FE")]
    [InlineData("Authorization: Basic //46//4=")]
    public async Task Malformed_credentials_are_refused_without_an_error(string line) =>
        AssertRefused("invalid credentials", await s_users.GetAsync("/", line), BasicChallenge);

    [Theory]
    [InlineData("X-Other: 1")]
    [InlineData("Authorization:")]
    [InlineData("Authorization: Basic\tYW5uOnNlY3JldA==")]
    [InlineData("Authorization: BasicYW5uOnNlY3JldA==")]
    [InlineData("Authorization: Bearer YW5uOnNlY3JldA==")]
    public async Task Missing_credentials_are_refused_with_a_challenge(string line) =>
        AssertRefused("missing credentials", await s_users.GetAsync("/", line), BasicChallenge);

    [Fact]
    public async Task Two_Authorization_lines_are_refused() =>
        Assert.Equal(401, (await s_users.GetAsync("/", Basic("ann:secret"), Basic("ann:secret"))).Status);

    [Theory]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1JqM", "ci")]
    [InlineData("Authorization: Bearer second~+/==", "cd")]
    [InlineData("authorization: bearer   mF_9.B5f-4.1JqM ", "ci")]
    [InlineData("Authorization: Bearer secret", "hashed")]
    public async Task A_valid_token_is_accepted(string line, string name)
    {
        var response = await s_tokens.GetAsync("/", line);
        Assert.Equal((200, $"app for {name} by Bearer"), (response.Status, response.Content));
    }

    [Theory]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1JqN")]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1Jq")]
    [InlineData("Authorization: Bearer mf_9.b5f-4.1jqm")]
    [InlineData("Authorization: Bearer second~+/=")]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Bearer =")]
    [InlineData("Authorization: Bearer a b")]
    [InlineData("Authorization: Bearer $sha256$2BB80D537B1DA3E38BD30361AA855686BDE0EACD7162FEF6A25FE97BF527A25B")]
    [InlineData("Authorization: Bearer mF_9.B5f-4.1JqM, Bearer mF_9.B5f-4.1JqM")]
    [InlineData("Authorization: Bearer \u00E9")]
    public async Task A_wrong_or_malformed_token_is_invalid(string line) => AssertRefused(
        "invalid credentials", await s_tokens.GetAsync("/", line), "Bearer realm=\"test\", error=\"invalid_token\"");

    [Theory]
    [InlineData("/", "X-Other: 1")]
    [InlineData("/?access_token=mF_9.B5f-4.1JqM", "X-Other: 1")]
    [InlineData("/", "Authorization: BearermF_9.B5f-4.1JqM")]
    public async Task A_request_without_a_token_gets_a_challenge_without_an_error(string target, string line) =>
        AssertRefused("missing credentials", await s_tokens.GetAsync(target, line), "Bearer realm=\"test\"");

    [Fact]
    public async Task Users_and_tokens_together_get_a_challenge_each()
    {
        var both = Wrap(auth => auth.User("ann", Hash("secret")).Token("ci", "token"));
        AssertRefused("missing credentials", await both.GetAsync("/"), "Bearer realm=\"test\"", BasicChallenge);
        AssertRefused(
            "invalid credentials", await both.GetAsync("/", Bearer("x")), "Bearer realm=\"test\", error=\"invalid_token\"", BasicChallenge);
        Assert.Equal("app for ann by Basic", (await both.GetAsync("/", Basic("ann:secret"))).Content);
        Assert.Equal("app for ci by Bearer", (await both.GetAsync("/", Bearer("token"))).Content);
    }

    [Fact]
    public async Task The_realm_is_quoted_and_escaped()
    {
        var app = Authentication.Wrap(s_app, auth => auth.Token("t", "t").Realm = "a \"b\" \\c");
        Assert.Equal("Bearer realm=\"a \\\"b\\\" \\\\c\"", (await app.GetAsync("/")).Field("WWW-Authenticate"));
    }

    [Fact]
    public async Task An_asynchronous_check_decides_about_users_that_no_list_names()
    {
        List<string> asked = [];
        var guarded = Wrap(auth => auth.User("ann", Hash("secret")).Users(async (name, password, cancelled) =>
        {
            await Task.Yield();
            asked.Add($"{name}/{password}");
            return name == "zoë" && !cancelled.IsCancellationRequested;
        }));
        Assert.Equal("app for zoë by Basic", (await guarded.GetAsync("/", Basic("zoë:a:b"))).Content);
        Assert.Equal("app for ann by Basic", (await guarded.GetAsync("/", Basic("ann:secret"))).Content);
        AssertRefused("invalid credentials", await guarded.GetAsync("/", Basic("ann:wrong")), BasicChallenge);
        AssertRefused("invalid credentials", await guarded.GetAsync("/", Basic("carl:x")), BasicChallenge);
        AssertRefused("invalid credentials", await guarded.GetAsync("/", Basic("no colon")), BasicChallenge);
        Assert.Equal(["zoë/a:b", "carl/x"], asked);
    }

    [Fact]
    public async Task An_asynchronous_check_returns_who_bears_a_token()
    {
        List<string> asked = [];
        var guarded = Wrap(auth => auth.Token("ci", "known").Tokens(async (token, _) =>
        {
            await Task.Yield();
            asked.Add(token);
            return token == "good" ? new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "jo")], "JWT")) : null;
        }));
        Assert.Equal("app for jo by JWT", (await guarded.GetAsync("/", Bearer("good"))).Content);
        Assert.Equal("app for ci by Bearer", (await guarded.GetAsync("/", Bearer("known"))).Content);
        Assert.Equal(401, (await guarded.GetAsync("/", Bearer("bad"))).Status);
        Assert.Equal(401, (await guarded.GetAsync("/", Bearer("b,d"))).Status);
        Assert.Equal(["good", "bad"], asked);
    }

    [Fact]
    public async Task A_check_that_fails_is_an_error()
    {
        var guarded = Wrap(auth => auth.Users((_, _, _) => throw new NotSupportedException()));
        Assert.Equal(500, (await guarded.GetAsync("/", Basic("a:b"))).Status);
    }

    [Fact]
    public async Task Exceptions_pass_without_credentials()
    {
        Func<RequestContext, Task> app = context => context.Response.WriteTextAsync($"'{context.User.Identity!.Name}'");
        var guarded = Authentication.Wrap(app, auth => auth.Token("t", "t").Except("/-/healthy", "/-/ready"));
        Assert.Equal((200, "''"), ((await guarded.GetAsync("/-/healthy")).Status, (await guarded.GetAsync("//-/./ready?x")).Content));
        Assert.Equal(401, (await guarded.GetAsync("/-/healthy/")).Status);
        Assert.Equal(401, (await guarded.GetAsync("/-/HEALTHY")).Status);
        Assert.Throws<ArgumentException>(() => Authentication.Wrap(s_app, auth => auth.Token("t", "t").Except("/a/../b")));
    }

    [Fact]
    public async Task Refusals_are_counted_and_logged_by_reason_without_credentials()
    {
        using var meters = new MeterRecorder();
        var log = new RecordingLogger();
        var sent = string.Concat(new[] { "X: 1", Basic("ann:wrong"), Basic("ann:secret") }.Select(
            line => $"GET / HTTP/1.1\r\nHost: h\r\n{line}\r\n\r\n"));
        var app = Authentication.Wrap(_ => throw new NotSupportedException(), auth => auth.User("ann", Hash("secret")));
        using var server = new MemoryServer(
            AccessLog.Wrap(ErrorHandling.Wrap(app, log), log), new MemoryTransport().Arrive(sent).FinishSending(), logger: log,
            meters: meters);
        await server.EndAsync();
        Assert.Equal(
            ["missing_credentials", "invalid_credentials"],
            meters.Tags("tinyhost.requests.rejected").Select(tags => tags["reason"]));
        var lines = log.Entries.Select(entry => entry.Message).Where(line => line.Contains(" GET / ")).ToList();
        Assert.Equal(3, lines.Count);
        Assert.EndsWith(" invalid_credentials", lines[1]);
        Assert.Contains(" ann GET / 500 ", lines[2]);
        Assert.DoesNotContain(log.Entries, entry => $"{entry.Message}{entry.Exception}".AsSpan().ContainsAny(s_secrets));
    }

    [Fact]
    public void Options_that_admit_nobody_or_cannot_be_used_are_refused()
    {
        Assert.StartsWith("Authentication without users, tokens or a cookie would let nobody in.", Fault(_ => { }));
        Assert.Contains("Not a realm", Fault(auth => auth.Token("t", "t").Realm = "tést"));
        Assert.Contains(nameof(AuthenticationOptions.MaxFailures), Fault(auth => auth.Token("t", "t").MaxFailures = 0));
        Assert.Contains(nameof(AuthenticationOptions.MaxHashing), Fault(auth => auth.Token("t", "t").MaxHashing = 0));
        Assert.Contains(nameof(AuthenticationOptions.MaxWaiting), Fault(auth => auth.Token("t", "t").MaxWaiting = -1));
        Assert.Contains("MaxFailuresPerClient", Fault(auth => auth.Token("t", "t").MaxFailuresPerClient = 0));
        Assert.Equal("User ann occurs twice.", Fault(auth => auth.User("ann", Hash("a")).User("ann", Hash("b"))));
    }

    private static readonly System.Buffers.SearchValues<string> s_secrets = System.Buffers.SearchValues.Create(
        ["ann:", "secret", "wrong", "YW5u", "$pbkdf2"], StringComparison.Ordinal);

    private static string Hash(string password) => PasswordHash.Create(password, iterations: 1_000);

    private static string Fault(Action<AuthenticationOptions> configure) =>
        Assert.ThrowsAny<ArgumentException>(() => Authentication.Wrap(s_app, configure)).Message;

    private static Func<RequestContext, Task> Wrap(Action<AuthenticationOptions> configure) => Authentication.Wrap(s_app, auth =>
    {
        auth.Realm = "test";
        auth.MaxFailuresPerClient = auth.MaxFailures = 1_000;
        configure(auth);
    });

    private static void AssertRefused(string detail, RawResponse response, params string[] challenges)
    {
        Assert.Equal((401, $"401 Unauthorized: {detail}\n"), (response.Status, response.Content));
        Assert.Equal(challenges, response.Fields["WWW-Authenticate"]);
    }
}
