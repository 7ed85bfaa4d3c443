// Owns: the stage that answers health probes: which requests are probes, and the checks while a server runs.

using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>
/// The stage that answers probes for liveness and readiness. The metrics stages have one on their port; this is for programs that want
/// probes elsewhere.
/// </summary>
public sealed class HealthProbes : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly HealthOptions _options;
    private readonly string? _readSettings;
    private readonly IServiceProvider? _services;
    private readonly ObserverGuard _guard;
    private readonly Lock _lock = new();
    private volatile ProbedChecks? _checks;
    private IDisposable? _series;
    private int _servers;

    private HealthProbes(
        Func<RequestContext, Task> app, HealthOptions? options, IServiceProvider? services, IConfigurationSection? settings)
        : base(app)
    {
        _app = app;
        _services = services;
        _guard = ObserverGuard.Create(() => services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory, "TinyHost.Health");
        _options = options?.Copy() ?? new HealthOptions();
        var section = settings is not null
            ? settings.GetSection(HealthConfiguration.SectionName)
            : (services?.GetService(typeof(IConfiguration)) as IConfiguration)?.GetSection(HealthConfiguration.DefaultSection);
        _readSettings = section?.Path;
        if (section is not null)
        {
            HealthConfiguration.Apply(section, _options);
        }

        HealthConfiguration.Validate(_options);
    }

    /// <summary>The path of liveness, as the settings have it.</summary>
    public string LivenessPath => _options.LivenessPath;

    /// <summary>The path of readiness, as the settings have it.</summary>
    public string ReadinessPath => _options.ReadinessPath;

    /// <summary>The number of open connections of the servers that run this stage.</summary>
    public int OpenConnections => _checks?.OpenConnections ?? 0;

    /// <inheritdoc />
    protected internal override int? MonitoringPort => _options.Port;

    /// <inheritdoc />
    protected internal override string? MonitoringPrefix => _options.Prefix;

    /// <inheritdoc />
    protected internal override IReadOnlyList<(string Name, string Path)> Pages => [("health", ReadinessPath)];

    /// <inheritdoc />
    protected internal override string MonitoringPurpose =>
        $"the port of the health probes ({_readSettings ?? HealthConfiguration.DefaultSection}:"
        + $"{(_options.Prefix is null ? "Port" : "Prefix")})";

    /// <inheritdoc />
    protected internal override (string Name, string? ReadPath)? SettingsSection => (HealthConfiguration.SectionName, _readSettings);

    internal override IEnumerable<string> LiteralPaths => [_options.LivenessPath, _options.ReadinessPath];

    private bool HasPort => _options.Port is not null || _options.Prefix is not null;

    /// <summary>
    /// Wraps an app: requests for <see cref="HealthOptions.LivenessPath"/> and <see cref="HealthOptions.ReadinessPath"/> are answered from
    /// the server's own checks, those of the options, and those of the services (<see cref="IHealthCheckSource"/>): with 200, or with 503
    /// and the reasons, as text or, if Accept prefers it, as JSON. They do not count as requests of the app. All others go to the app; with
    /// a <see cref="HealthOptions.Port"/> or <see cref="HealthOptions.Prefix"/>, probes are answered there alone.
    /// </summary>
    /// <param name="app">The app.</param>
    /// <param name="options">The options; null for their defaults.</param>
    /// <param name="services">
    /// Services with health checks, a configuration whose settings override the options, and a log; null for none.
    /// </param>
    /// <param name="settings">
    /// The settings of a named server, <see cref="Pipeline.Settings"/>; null for the section <c>TinyHost</c> of the services'
    /// configuration.
    /// </param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="ServerStartException">A setting is invalid.</exception>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, HealthOptions? options = null, IServiceProvider? services = null,
        IConfigurationSection? settings = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        return new HealthProbes(app, options, services, settings);
    }

    /// <summary>
    /// Runs the checks of a probe for readiness, except those whose last result is recent (<see cref="HealthOptions.CacheLifetime"/>).
    /// Returns the result of each by its name, the worst of the servers that run this stage; none if no server runs.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, HealthResult>> CheckReadinessAsync() =>
        _checks is { } checks ? await checks.ReadWorstAsync().ConfigureAwait(false) : new Dictionary<string, HealthResult>();

    internal override void BeginRun(StageRun run)
    {
        base.BeginRun(run);
        _checks?.Add(run.Pulse);
    }

    internal override void EndRun(StageRun run)
    {
        base.EndRun(run);
        _checks?.Remove(run.Pulse);
    }

    /// <summary>The readings that decide the readiness of a server; none while the stage is not running.</summary>
    internal async Task<IReadOnlyList<HealthReading>> ReadReadinessAsync(IServerPulse? pulse) =>
        _checks is { } checks ? await checks.ReadAsync(pulse, isReadiness: true).ConfigureAwait(false) : [];

    /// <inheritdoc />
    protected internal override void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
        lock (_lock)
        {
            if (_checks is null)
            {
                var time = GuardedTime.Around(_services?.GetService(typeof(TimeProvider)) as TimeProvider, _guard);
                var checks = new ProbedChecks(_options, FindChecks(), time, _guard);
                _series = HealthSeries.Add(checks, _services?.GetService(typeof(IMeterFactory)) as IMeterFactory, _guard);
                _checks = checks;
            }

            _servers++;
        }
    }

    /// <inheritdoc />
    protected internal override void Stopped()
    {
        lock (_lock)
        {
            if (--_servers == 0)
            {
                _series?.Dispose();
                _checks = null;
            }
        }
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        var path = context.Request.Path;
        var isReadiness = path == _options.ReadinessPath;
        if (IsElsewhere(context) || (!HasPort && !isReadiness && path != _options.LivenessPath))
        {
            return _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseHealth");
        }

        context.Measured = false;
        return isReadiness || path == _options.LivenessPath
            ? HealthAnswer.AnswerAsync(context, _checks ?? throw new InvalidOperationException("The server has stopped."), isReadiness)
            : context.Response.AnswerAsync(404, $"The probes are at {_options.LivenessPath} and {_options.ReadinessPath}.\n");
    }

    private bool IsElsewhere(RequestContext context) =>
        _options.Port is { } port ? context.Connection.LocalPort != port
        : _options.Prefix is { } prefix && !context.Connection.IsOfPrefix(prefix);

    // Those of the program are for the processes that serve it.
    private HealthCheck[] FindChecks() => _services?.GetService(typeof(IWorkerGroup)) is IWorkerGroup workers
        ? [new HealthCheck("workers", workers.CheckHealthAsync)]
        :
        [
            .. _options.Checks,
            .. (_services?.GetService(typeof(IEnumerable<IHealthCheckSource>)) as IEnumerable<IHealthCheckSource> ?? [])
                .SelectMany(source => source.GetChecks()),
        ];
}
