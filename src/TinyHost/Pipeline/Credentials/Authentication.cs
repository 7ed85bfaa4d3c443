// Owns: admitting requests by their credentials, and the answers to all others.

using System.Globalization;
using System.Security.Claims;

namespace TinyHost;

/// <summary>
/// The stage that admits known users and bearers of tokens. Later stages find who sent a request in <see cref="RequestContext.User"/>.
/// </summary>
public sealed class Authentication : Stage
{
    private const int HeldOnStack = 512;

    private readonly Func<RequestContext, Task> _app;
    private readonly AuthenticationOptions _options;
    private readonly CredentialStore _store;
    private readonly string? _basic;
    private readonly string? _bearer;
    private readonly FailureLimit _limit;
    private readonly FailedCredentials _failed = new();
    private readonly HashQueue _hashing;

    private Authentication(Func<RequestContext, Task> app, AuthenticationOptions options, IServiceProvider? services)
        : base(app)
    {
        options.Validate();
        _app = app;
        _options = options;
        _basic = options.HasUsers ? Challenge.For("Basic", options.Realm) + ", charset=\"UTF-8\"" : null;
        _bearer = options.HasTokens ? Challenge.For("Bearer", options.Realm) : null;
        _limit = new FailureLimit(options.MaxFailuresPerClient, options.MaxFailures, options.TimeProvider);
        _hashing = new HashQueue(options.MaxHashing, options.MaxWaiting);
        _store = new CredentialStore(options, services);
    }

    /// <inheritdoc />
    protected internal override IReadOnlyList<ReloadedFile> ReloadedFiles => _store.Files;

    /// <summary>
    /// Wraps an app: requests with valid credentials go to the app; all others are answered with 401 and a challenge, or with 429 and
    /// Retry-After if too many logins have failed. Services may offer a log, a meter factory, and the folder of relative paths
    /// (<see cref="ReloadedFile"/>). Throws <see cref="ArgumentException"/> when the options admit nobody or one of them cannot be used,
    /// such as a password in place of its hash. A file that cannot be read fails the start of the server.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, Action<AuthenticationOptions> configure, IServiceProvider? services = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new AuthenticationOptions();
        configure(options);
        return Wrap(app, options, services);
    }

    /// <summary>As the other overload, with options that do not change any more.</summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, AuthenticationOptions options, IServiceProvider? services = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        return new Authentication(app, options, services);
    }

    /// <inheritdoc />
    protected internal override void Starting(IReadOnlyList<System.Net.IPEndPoint> endPoints) => _store.Open();

    /// <inheritdoc />
    protected internal override void Stopped() => _store.Close();

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (_options.IsOpen(context.Request.Path))
        {
            return Pass(context);
        }

        return _basic is not null && Challenge.TryGetCredentials(context.Request, "Basic", out var credentials)
            ? CheckBasic(context, credentials)
            : _bearer is not null && Challenge.TryGetCredentials(context.Request, "Bearer", out var token)
                ? CheckBearer(context, token)
                : RefuseAsync(context, RejectReason.MissingCredentials);
    }

    private Task CheckBasic(RequestContext context, ReadOnlySpan<char> credentials)
    {
        var size = BasicCredentials.SizeOf(credentials);
        var buffer = size <= HeldOnStack ? stackalloc byte[HeldOnStack] : new byte[size];
        if (!BasicCredentials.TryRead(credentials, buffer, out var basic))
        {
            return RefuseAsync(context, RejectReason.InvalidCredentials);
        }

        if (_store.Cookie?.Matches(basic.Text) == true)
        {
            return Admit(context, CookieFile.Admitted);
        }

        var name = CredentialDigest.OfName(basic.Name);
        var user = _store.Find(name);
        if (user is null && _options.UserChecks.Count > 0)
        {
            return CheckAsync(context, basic.NameText, basic.PasswordText);
        }

        var compared = user ?? _store.Decoy;
        var digest = CredentialDigest.Of(user?.Id ?? _store.Id, basic.Text);
        return user?.IsVerified(digest) == true ? Admit(context, user.Admitted)
            : compared is null || _failed.Contains(digest) ? RefuseAsync(context, RejectReason.InvalidCredentials)
            : VerifyAsync(context, compared, isKnown: user is not null, digest, basic.PasswordText);
    }

    private Task CheckBearer(RequestContext context, ReadOnlySpan<char> token)
    {
        if (!Challenge.IsToken68(token))
        {
            return RefuseAsync(context, RejectReason.InvalidCredentials, isToken: true);
        }

        return _store.FindBearer(token) is { } bearer ? Admit(context, bearer)
            : _options.TokenChecks.Count > 0 ? CheckAsync(context, name: null, token.ToString())
            : RefuseAsync(context, RejectReason.InvalidCredentials, isToken: true);
    }

    // The request waits; no thread does.
    private async Task VerifyAsync(RequestContext context, PasswordUser compared, bool isKnown, UInt128 digest, string password)
    {
        var client = FailureLimit.KeyOf(context.Client.Address);
        var verifying = _hashing.Find(digest);
        if (verifying is null && Recall(compared, isKnown, digest) is { } known)
        {
            verifying = Task.FromResult(known);
        }

        if (verifying is null)
        {
            if (!_limit.TryTake(client, out var pause))
            {
                await RefuseAsync(context, pause).ConfigureAwait(false);
                return;
            }

            // Once for all requests that share the computation.
            verifying = _hashing.Start(
                digest,
                compared,
                password,
                () => Recall(compared, isKnown, digest),
                isRight => Remember(compared, isKnown, digest, isRight));
            if (verifying is null)
            {
                _limit.GiveBack(client);
                await RefuseAsync(context, TimeSpan.FromSeconds(1)).ConfigureAwait(false);
                return;
            }

            if (await verifying.ConfigureAwait(false) && isKnown)
            {
                _limit.GiveBack(client);
            }
        }

        var isRight = await verifying.ConfigureAwait(false) && isKnown;
        await (isRight ? Admit(context, compared.Admitted) : RefuseAsync(context, RejectReason.InvalidCredentials)).ConfigureAwait(false);
    }

    /// <summary>The result for these credentials, if it was computed before.</summary>
    private bool? Recall(PasswordUser compared, bool isKnown, UInt128 digest) =>
        isKnown && compared.IsVerified(digest) ? true
        : _failed.Contains(digest) ? false
        : null;

    private void Remember(PasswordUser compared, bool isKnown, UInt128 digest, bool isRight)
    {
        if (isRight && isKnown)
        {
            compared.SetVerified(digest);
        }
        else
        {
            _failed.Add(digest);
        }
    }

    // Without a name the secret is a token. Checks run side by side: once the limit is reached, no result is told.
    private async Task CheckAsync(RequestContext context, string? name, string secret)
    {
        var client = FailureLimit.KeyOf(context.Client.Address);
        var user = _limit.IsOver(client, out var pause) ? null
            : await (name is null ? AskAsync(context, secret) : AskAsync(context, name, secret)).ConfigureAwait(false);
        if (pause == TimeSpan.Zero && (user is null ? _limit.TryTake(client, out pause) : !_limit.IsOver(client, out pause)))
        {
            await (user is null ? RefuseAsync(context, RejectReason.InvalidCredentials, isToken: name is null) : Admit(context, user))
                .ConfigureAwait(false);
        }
        else
        {
            await RefuseAsync(context, pause).ConfigureAwait(false);
        }
    }

    private async Task<ClaimsPrincipal?> AskAsync(RequestContext context, string name, string password)
    {
        foreach (var check in _options.UserChecks)
        {
            if (await check(name, password, context.Aborted).ConfigureAwait(false))
            {
                return AdmittedUser.PrincipalOf(new AdmittedUser(name, "Basic"));
            }
        }

        return null;
    }

    private async Task<ClaimsPrincipal?> AskAsync(RequestContext context, string token)
    {
        foreach (var check in _options.TokenChecks)
        {
            if (await check(token, context.Aborted).ConfigureAwait(false) is { } bearer)
            {
                return bearer;
            }
        }

        return null;
    }

    private Task Admit(RequestContext context, AdmittedUser user)
    {
        context.Admit(user);
        return Pass(context);
    }

    private Task Admit(RequestContext context, ClaimsPrincipal user)
    {
        context.User = user;
        return Pass(context);
    }

    private Task Pass(RequestContext context) =>
        _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseAuthentication");

    // RFC 9110 §11.6.1: a challenge for each scheme. RFC 6750 §3: an error code only for a request with a token.
    private Task RefuseAsync(RequestContext context, RejectReason reason, bool isToken = false)
    {
        var fields = context.Response.Fields;
        fields["WWW-Authenticate"] = null;
        if (_bearer is not null)
        {
            fields.Add("WWW-Authenticate", isToken ? _bearer + ", error=\"invalid_token\"" : _bearer);
        }

        if (_basic is not null)
        {
            fields.Add("WWW-Authenticate", _basic);
        }

        return context.RefuseAsync(reason);
    }

    private static Task RefuseAsync(RequestContext context, TimeSpan pause)
    {
        context.Response.Fields["Retry-After"] = Math.Max(1, Math.Ceiling(pause.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
        return context.RefuseAsync(RejectReason.LoginLimit);
    }
}
