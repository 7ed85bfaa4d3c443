// Owns: JSON-RPC over HTTP: the methods, and the request's content as the message, the response's content as the reply.

using System.ComponentModel;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace TinyHost.JsonRpc;

/// <summary>
/// A JSON-RPC 2.0 server as a handler: <c>new Routes().Post("/rpc", new JsonRpcHandler().Add("add", (long a, long b) => a + b))</c>. A
/// JSON-RPC error is an ordinary reply with status 200; other statuses report HTTP errors. Methods are added before the server starts.
/// </summary>
public sealed class JsonRpcHandler : Stage
{
    private const string NoGenerator =
        "The typed form of a JSON-RPC method needs the source generator of TinyHost.JsonRpc, which did not run. Reference the package "
        + "TinyHost.JsonRpc, not just its assembly; beside a project reference, reference the generator as an analyzer and import "
        + "buildTransitive/TinyHost.JsonRpc.targets.";

    private readonly RpcMethodTable _methods = new();
    private readonly JsonRpcOptions _options;
    private readonly Lock _lock = new();
    private RpcService? _service;
    private int _servers;
    private bool _hasStarted;

    /// <summary>A handler without methods. Settings in the section <c>JsonRpc</c> override <paramref name="options"/>.</summary>
    public JsonRpcHandler(JsonRpcOptions? options = null) => _options = options ?? new JsonRpcOptions();

    /// <summary>The names of the methods, in the order in which they were added.</summary>
    public IEnumerable<string> MethodNames => _methods.All.Select(method => method.Name);

    /// <summary>Whether the page for trying methods answers while a server runs.</summary>
    internal bool HasPage => _service?.HasPage == true;

    /// <summary>
    /// The WebSockets that are open now: a list that does not change any more. Empty while no server runs. A route that passes GET requests
    /// to the handler has WebSockets: <c>routes.Post("/rpc", handler).Get("/rpc", handler)</c>.
    /// </summary>
    public IReadOnlyList<JsonRpcConnection> Connections => Volatile.Read(ref _service)?.Sockets.Connections ?? [];

    /// <summary>
    /// Adds a method in its raw form, which reads bytes and writes bytes. Throws <see cref="ArgumentException"/> if the name begins with
    /// <c>rpc.</c>, is taken, or has characters other than letters, digits, <c>.</c>, <c>_</c>, <c>-</c> and <c>/</c>;
    /// <see cref="InvalidOperationException"/> once a server has started.
    /// </summary>
    public JsonRpcHandler Add(string name, JsonRpcMethod method) => Add(new JsonRpcMethodInfo(name) { IsDeclared = false }, method);

    /// <summary>
    /// Adds a typed method, such as <c>(long a, long b) => a + b</c>. Its parameters are read from params by position or by name; one with
    /// a default value is optional. A <see cref="CancellationToken"/>, the <see cref="RequestContext"/>, the <see cref="JsonRpcCall"/> and
    /// services are passed in. The result is written as JSON; a method may return a task. The source generator replaces the call when the
    /// program is compiled; a call that it has not replaced throws <see cref="InvalidOperationException"/>. Names as in the other overload.
    /// </summary>
    public JsonRpcHandler Add(string name, Delegate method) => throw new InvalidOperationException(NoGenerator);

    /// <summary>
    /// Adds the public methods of a class or an interface, as typed methods. Each call takes the object from the services of its request.
    /// The name of a method is <paramref name="prefix"/> and its name in C# with a small first letter and without <c>Async</c> at the end,
    /// or that of <see cref="JsonRpcNameAttribute"/>; <see cref="JsonRpcIgnoreAttribute"/> leaves a method out. The source generator
    /// replaces the call, as for a typed method.
    /// </summary>
    public JsonRpcHandler AddMethods<T>(string prefix = "")
        where T : class => throw new InvalidOperationException(NoGenerator);

    /// <summary>As the other overload, with one object for all calls.</summary>
    public JsonRpcHandler AddMethods<T>(T target, string prefix = "")
        where T : class => throw new InvalidOperationException(NoGenerator);

    /// <summary>
    /// Sends a notification to the peers of all <see cref="Connections"/> and waits for none of them. Returns their number. Names and
    /// parameters as for a single connection.
    /// </summary>
    public int NotifyAll(string method, ReadOnlyMemory<byte> parameters = default) =>
        NotifyAll(RpcNotification.Write(method, parameters.Span));

    /// <summary>As the other, with parameters that System.Text.Json writes.</summary>
    public int NotifyAll<T>(string method, T parameters, JsonTypeInfo<T> type) =>
        NotifyAll(RpcNotification.Write(method, parameters, type));

    /// <summary>Adds a method in its raw form with its declaration. Generated code calls it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public JsonRpcHandler Add(JsonRpcMethodInfo info, JsonRpcMethod method)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(method);
        if (_hasStarted)
        {
            throw new InvalidOperationException($"The method {info.Name} comes too late: a server has started.");
        }

        _methods.Add(info, method);
        return this;
    }

    /// <summary>What the handler runs on while a server runs. The services are those of the server.</summary>
    internal RpcService CreateService(IServiceProvider? services)
    {
        _hasStarted = true;
        var guard = ObserverGuard.Create(() => services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory, RpcInstruments.MeterName);
        MissingServices.Report(_methods, services, guard.Logger);
        return new RpcService(
            _methods,
            _options,
            services?.GetService(typeof(IConfiguration)) as IConfiguration,
            new RpcInstruments(services?.GetService(typeof(IMeterFactory)) as IMeterFactory, guard),
            GuardedTime.Around(services?.GetService(typeof(TimeProvider)) as TimeProvider, guard),
            guard);
    }

    private int NotifyAll(ReadOnlyMemory<byte> notification)
    {
        var connections = Connections;
        foreach (var connection in connections)
        {
            _ = connection.SendAsync(notification);
        }

        return connections.Count;
    }

    /// <inheritdoc />
    protected override void Starting(IReadOnlyList<IPEndPoint> endPoints, IServiceProvider? services)
    {
        lock (_lock)
        {
            _service ??= CreateService(services);
            _servers++;
        }
    }

    /// <inheritdoc />
    protected override void Stopped()
    {
        lock (_lock)
        {
            if (--_servers == 0)
            {
                _service?.Dispose();
                _service = null;
            }
        }
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context) =>
        (_service ?? throw new InvalidOperationException("The server has stopped.")).HandleAsync(context);
}
