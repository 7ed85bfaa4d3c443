// Owns: the metrics stage: which requests are for the metrics, and collecting while a server runs.

using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace TinyHost.Metrics;

/// <summary>
/// Answers requests on the metrics port, or for the metrics path, and passes all others to the app. The collector starts and ends with the
/// servers: a stage whose server does not run costs the application nothing.
/// </summary>
internal sealed class MetricsStage : Stage
{
    private const int AnyPort = 0;

    private readonly Func<RequestContext, Task> _app;
    private readonly MetricsOptions _options;
    private readonly ILogger _logger;
    private readonly string? _readSettings;
    private readonly int _port;
    private readonly string? _prefix;
    private readonly string _path;
    private readonly Func<RequestContext, Task> _answer;
    private readonly HealthProbes? _probes;
    private readonly WebConfigurationStage? _webConfiguration;
    private readonly MetricsOfWorkers _workers;
    private readonly AppTraffic _traffic = new();
    private readonly TimeProvider? _clock;
    private readonly Lock _gate = new();
    private Scraper? _scraper;
    private int _servers;

    internal MetricsStage(
        Func<RequestContext, Task> app, MetricsOptions options, IServiceProvider? services, IConfigurationSection? settings)
        : base(app)
    {
        _app = app;
        _logger = ObserverGuard.Create(
            () => services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory, MetricCollector.MeterName).Logger;
        _clock = services?.GetService(typeof(TimeProvider)) as TimeProvider;
        _options = options.Copy();
        var section = MetricsConfiguration.SectionOf(services, settings);
        _readSettings = section?.Path;
        if (section is not null)
        {
            MetricsConfiguration.Apply(section, _options);
        }

        _options.Validate();
        _workers = new MetricsOfWorkers(services, _readSettings ?? MetricsConfiguration.DefaultSection, _options, _logger);
        _prefix = _options.Prefix;
        _port = _options.Port ?? (_options.Path is null && _prefix is null ? PrometheusMetrics.DefaultPort : AnyPort);
        _path = _options.Path ?? "/metrics";
        _answer = AnswerAsync;
        if (_port != AnyPort || _prefix is not null)
        {
            _answer = HealthProbes.Wrap(_answer, _options.Health, services, settings);
            _probes = (HealthProbes)_answer.Target!;
        }

        if (_options.Protect is not null || _options.WebConfigFile is not null)
        {
            _answer = MetricsProtection.Wrap(_answer, _options, _probes, services, _readSettings);
            _webConfiguration = _answer.Target as WebConfigurationStage;
            ThrowIfTlsHasNoPort();
        }

        AddHandler(_answer);
    }

    protected override int? MonitoringPort => _port == AnyPort ? null : _port;

    protected override string? MonitoringPrefix => _prefix;

    protected override string? MonitoringPath => _port == AnyPort && _prefix is null ? null : _path;

    protected override IReadOnlyList<(string Name, string Path)> Pages => _probes is null ? [("metrics", _path)]
        : _options.Dashboard ? [("metrics", _path), ("dashboard", LiveDashboard.PagePath), ("health", _probes.ReadinessPath)]
        : [("metrics", _path), ("health", _probes.ReadinessPath)];

    protected override TlsOptions? MonitoringTls => _webConfiguration?.Tls;

    protected override string MonitoringPurpose => $"the port of the metrics ({PortKey})";

    protected override (string Name, string? ReadPath)? SettingsSection => (MetricsConfiguration.SectionName, _readSettings);

    private string PortKey => $"{_readSettings ?? MetricsConfiguration.DefaultSection}:{(_prefix is null ? "Port" : "Prefix")}";

    protected override void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
        if (_port != AnyPort)
        {
            ListenedPorts.ThrowUnlessListenedOn(_port, PortKey, endPoints);
        }

        lock (_gate)
        {
            _scraper ??= _workers.Start(_traffic);
            _scraper.Dashboard?.Start(_probes, _clock);
            _servers++;
        }
    }

    protected override void Stopped()
    {
        lock (_gate)
        {
            if (--_servers == 0)
            {
                _workers.Stop();
                _scraper?.Dispose();
                _scraper = null;
            }
        }
    }

    // The port that accepted the connection decides, not the Host field. Not inlined into the chain: see Routes.InvokeAsync.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override Task InvokeAsync(RequestContext context)
    {
        if (IsForMetrics(context))
        {
            return _answer(context);
        }

        _traffic.Note();
        return _app(context) ?? throw new InvalidOperationException("The stage after UseMetrics returned null instead of a task.");
    }

    private bool IsForMetrics(RequestContext context) =>
        _port != AnyPort ? context.Connection.LocalPort == _port
        : _prefix is not null ? context.Connection.IsOfPrefix(_prefix)
        : context.Request.Path == _path;

    private void ThrowIfTlsHasNoPort()
    {
        if (MonitoringTls is not null && _port == AnyPort && _prefix is null)
        {
            throw new ServerStartException(
                $"Cannot start: {_options.WebConfigFile} has a tls_server_config, but the metrics share their port with the app: give them "
                + $"a port of their own ({PortKey}).");
        }
    }

    private Task AnswerAsync(RequestContext context) =>
        _workers.TryAnswer(context) ?? MetricsAnswer.AnswerAsync(context, _path, _probes, _scraper);
}

/// <summary>
/// Whether the app receives requests. Noting a request writes only once after each question, so that processors do not contend for the
/// cache line.
/// </summary>
internal sealed class AppTraffic
{
    private int _question;
    private int _answered;

    /// <summary>Notes a request for the app.</summary>
    internal void Note()
    {
        var question = Volatile.Read(ref _question);
        if (_answered != question)
        {
            _answered = question;
        }
    }

    /// <summary>Starts a question, and returns its number.</summary>
    internal int Ask() => Interlocked.Increment(ref _question);

    /// <summary>Whether a request has come since this question. Others may have asked meanwhile.</summary>
    internal bool HasComeSince(int question) => Volatile.Read(ref _answered) - question >= 0;
}
