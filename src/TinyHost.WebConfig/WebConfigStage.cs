// Owns: applying a web configuration file to requests: the rate limit, then headers, then users.

using System.Globalization;
using System.Net;
using TinyHost.Bcrypt;
using TinyHost.Metrics;

namespace TinyHost.WebConfig;

#pragma warning disable CA1001 // The server tells a stage of its end.
internal sealed class WebConfigStage : WebConfigurationStage
#pragma warning restore CA1001
{
    private readonly Func<RequestContext, Task> _answer;
    private readonly Func<RequestContext, Task> _guarded;
    private readonly AuthenticationOptions _authentication;
    private readonly string _path;
    private readonly IServiceProvider? _services;
    private readonly PasswordUsers _users = new(new BcryptFormat());
    // Whether the program or its settings name users too.
    private readonly bool _isAlwaysGuarded;
    private readonly Lock _lock = new();
    private ReloadedFile? _file;
    private volatile IReadOnlyList<KeyValuePair<string, string>> _headers = [];
    private volatile RequestRate? _rate;
    private volatile bool _isGuarded;
    // Whether the last good content names users.
    private bool _hasUsers;
    private volatile TlsOptions? _tls;
    private bool? _isTls;
    private int _servers;

    internal WebConfigStage(
        Func<RequestContext, Task> answer, string path, AuthenticationOptions authentication, IServiceProvider? services)
        : base(answer)
    {
        _answer = answer;
        _path = path;
        _authentication = authentication;
        _services = services;
        _isAlwaysGuarded = !authentication.IsEmpty;
        Open();
        _guarded = Authentication.Wrap(answer, authentication.Users(_users), services);
        AddHandler(_guarded);
    }

    public override TlsOptions? Tls => _tls;

    protected override IReadOnlyList<ReloadedFile> ReloadedFiles => _file is { } file ? [file] : [];

    protected override void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
        lock (_lock)
        {
            Open();
            _servers++;
        }
    }

    protected override void Stopped()
    {
        lock (_lock)
        {
            if (--_servers == 0)
            {
                Close();
            }
        }
    }

    protected override void NotStarted()
    {
        lock (_lock)
        {
            if (_servers == 0)
            {
                Close();
            }
        }
    }

    protected override Task InvokeAsync(RequestContext context)
    {
        if (_headers is { Count: > 0 } headers)
        {
            // What a handler sets, and what an error stage puts in the response's place, does not replace them.
            context.Response.OnStarting(() =>
            {
                foreach (var (name, value) in headers)
                {
                    context.Response.Fields[name] = value;
                }
            });
        }

        if (_authentication.IsOpen(context.Request.Path))
        {
            return _answer(context);
        }

        if (_rate is { } rate && !context.Connection.IsProbe && !rate.TryTake(out var pause))
        {
            context.Response.Fields["Retry-After"] =
                Math.Max(1, Math.Ceiling(pause.TotalSeconds)).ToString("0", CultureInfo.InvariantCulture);
            return context.RefuseAsync(RejectReason.RateLimit);
        }

        return _isGuarded ? _guarded(context) : _answer(context);
    }

    private void Open()
    {
        if (_file is null)
        {
            _file = new ReloadedFile(_path, Use, _services);
            _file.Load();
        }
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
        _hasUsers = false;
    }

    // All or nothing.
    private void Use(byte[] content)
    {
        var file = WebConfigFile.Parse(content, Path.GetDirectoryName(ReloadedFile.FullPath(_path, _services))!);
        var tls = file.Tls.IsEnabled ? TlsMapping.OptionsOf(file.Tls) : null;
        if (_isTls is { } isTls && isTls != file.Tls.IsEnabled)
        {
            throw new FormatException($"tls_server_config turns TLS {(isTls ? "off" : "on")}, which needs a restart.");
        }

        if (_hasUsers && file.MayBeCutShort)
        {
            throw new FormatException(
                "the users are gone, as when writing the file was cut short; write basic_auth_users: {} to let everyone in.");
        }

        _users.Replace(file.Users);
        _hasUsers = file.Users.Count > 0;
        _isTls = file.Tls.IsEnabled;
        _tls = tls;
        _headers = file.Headers;
        _rate = file.Interval == TimeSpan.Zero ? null
            : _rate is { } rate && rate.Interval == file.Interval && rate.Burst == file.Burst ? rate
            : new RequestRate(file.Interval, file.Burst, _authentication.TimeProvider);
        _isGuarded = _isAlwaysGuarded || file.Users.Count > 0;
    }
}
