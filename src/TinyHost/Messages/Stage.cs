// Owns: a stage of the chain: the handlers it passes requests to, and its part in the life of its servers.

using System.Net;

namespace TinyHost;

/// <summary>
/// A stage of the chain that takes part in the life of its server: it can check the ports when the server starts, hold resources until
/// the server stops, and reserve connections for monitoring. It converts to a handler, so it can be given to servers, pipelines and other
/// stages.
/// </summary>
/// <remarks>
/// A server starts the stages it is given before it accepts connections. A stage that a lambda hides from the server is started by its
/// first request. If that start fails, the request fails with <see cref="InvalidOperationException"/>, and the next request tries again.
/// Several servers can share a stage.
/// </remarks>
public abstract class Stage
{
    private readonly List<Func<RequestContext, Task>> _handlers = [];
    // The last run to start this stage, so that its requests compare one field.
    private volatile StageRun? _run;

    /// <summary>
    /// A stage that passes requests to these handlers. It must name all of them, so that its server can start the stages among them.
    /// </summary>
    protected Stage(params Func<RequestContext, Task>[] handlers)
    {
        ArgumentNullException.ThrowIfNull(handlers);
        Array.ForEach(handlers, AddHandler);
    }

    /// <summary>
    /// The port that only this stage answers, for monitoring; null, the default, for none. The server reserves connections for it
    /// (<see cref="ServerLimits.ReservedConnections"/>) and leaves its requests out of the metrics. If none of its prefixes listens on the
    /// port, a server that sees the stage when it starts listens on it too, at the host of its first prefix.
    /// </summary>
    protected internal virtual int? MonitoringPort => null;

    /// <summary>As <see cref="MonitoringPort"/>, for the port of the prefix with this name.</summary>
    protected internal virtual string? MonitoringPrefix => null;

    /// <summary>
    /// Where the metrics are on the monitoring port, such as <c>/metrics</c>; null, the default, if the stage serves no metrics. A worker
    /// process tells Prometheus.
    /// </summary>
    protected internal virtual string? MonitoringPath => null;

    /// <summary>
    /// The pages of the stage for people, each a name and a path, such as <c>health</c> and <c>/-/ready</c>; none by default. The console
    /// shows their URLs when the program starts: on the monitoring port, or, for a stage without one, on each port of the app.
    /// </summary>
    protected internal virtual IReadOnlyList<(string Name, string Path)> Pages => [];

    /// <summary>
    /// Whose port <see cref="MonitoringPort"/> is and which setting changes it, for the log and for error messages. Default: the name of
    /// the class.
    /// </summary>
    protected internal virtual string MonitoringPurpose => $"the port of {GetType().Name}";

    /// <summary>
    /// The name of a prefix whose requests this stage treats in its own way; null, the default, for none. The server does not start without
    /// a prefix of this name, nor if another prefix shares its port.
    /// </summary>
    protected internal virtual string? ServedPrefix => MonitoringPrefix;

    /// <summary>
    /// The name of the section that this stage looks for in the settings of its server, such as <c>Metrics</c>, and the path of the section
    /// it has read; null if it was given no configuration. Null, the default, for a stage without settings. A server of a Generic Host does
    /// not start if its own section of that name holds settings which the stage has not read.
    /// </summary>
    protected internal virtual (string Name, string? ReadPath)? SettingsSection => null;

    /// <summary>
    /// The TLS settings of the monitoring port; null, the default, for those of its prefix. Another object is used from then on: the server
    /// looks once a second.
    /// </summary>
    protected internal virtual TlsOptions? MonitoringTls => null;

    /// <summary>The files that the stage has loaded when it started, which the server loads again when they change. Default none.</summary>
    protected internal virtual IReadOnlyList<ReloadedFile> ReloadedFiles => [];

    /// <summary>The paths this stage compares whole paths with. Requests for them share one string.</summary>
    internal virtual IEnumerable<string> LiteralPaths => [];

    /// <summary>Is told of each request that the server answers without the chain; null for none.</summary>
    internal virtual Action<RefusedRequest>? RefusalObserver => null;

    /// <summary>The handlers this stage passes requests to.</summary>
    internal IReadOnlyList<Func<RequestContext, Task>> Handlers => _handlers;

    /// <summary>The stage as a handler: <see cref="HandleAsync"/>.</summary>
    public static implicit operator Func<RequestContext, Task>(Stage stage) => stage.HandleAsync;

    /// <summary>
    /// Handles a request. Throws <see cref="InvalidOperationException"/> when the stage cannot be started for the request's server, or
    /// that server has stopped.
    /// </summary>
    public Task HandleAsync(RequestContext context)
    {
        if (context.Stages != _run)
        {
            context.Stages.EnsureStarted(this);
        }

        return InvokeAsync(context);
    }

    internal virtual void BeginRun(StageRun run) => _run = run;

    internal virtual void EndRun(StageRun run) => Interlocked.CompareExchange(ref _run, null, run);

    /// <summary>Handles a request whose server has started this stage.</summary>
    protected abstract Task InvokeAsync(RequestContext context);

    /// <summary>
    /// A server starts: it is bound to these addresses and about to accept, or this stage's first request has arrived. An exception fails
    /// the server's start, or else that request, and its message reaches the user.
    /// </summary>
    protected internal virtual void Starting(IReadOnlyList<IPEndPoint> endPoints)
    {
    }

    /// <summary>
    /// As the other, which it calls by default: with the services of the server, where a stage finds its configuration, logger and meters;
    /// null without any.
    /// </summary>
    protected internal virtual void Starting(IReadOnlyList<IPEndPoint> endPoints, IServiceProvider? services) => Starting(endPoints);

    /// <summary>
    /// A server has stopped, and all its connections are closed; or its start failed after this stage was started. Called once for each
    /// <see cref="Starting(IReadOnlyList{IPEndPoint})"/> that returned. An exception is logged.
    /// </summary>
    protected internal virtual void Stopped()
    {
    }

    /// <summary>
    /// A start failed before the stage was started, a server was disposed of without having been started, or the pipeline could not be
    /// folded. The stage releases what it has held since its construction; a later start may succeed. An exception is logged.
    /// </summary>
    protected internal virtual void NotStarted()
    {
    }

    /// <summary>
    /// Adds a handler that this stage passes requests to. Call it in the constructor: a server asks for the stages when it starts. Throws
    /// <see cref="ArgumentException"/> if the handler leads back to this stage: a request would never leave it.
    /// </summary>
    protected void AddHandler(Func<RequestContext, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler.Target is Stage && StageRun.FindAll(handler).SelectMany(stage => stage.Handlers).Append(handler).Contains(HandleAsync))
        {
            throw new ArgumentException($"A handler of {GetType().Name} leads back to {GetType().Name} itself.", nameof(handler));
        }

        _handlers.Add(handler);
    }
}
