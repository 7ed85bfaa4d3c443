// Owns: the built-in stages as members of a pipeline. Each line names the function that does the work.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The built-in stages, added to a <see cref="Pipeline"/>.</summary>
public static class PipelineExtensions
{
    /// <summary>
    /// Diverts requests accepted on <paramref name="port"/> (1–65535) to <paramref name="handler"/>; the Host field plays no part. If no
    /// prefix of the server listens on that port, the server fails to start with <see cref="ServerStartException"/>.
    /// </summary>
    public static Pipeline MapPort(this Pipeline pipeline, int port, Func<RequestContext, Task> handler) =>
        pipeline.Use(next => PortRouting.Wrap(next, port, handler));

    /// <summary>
    /// Diverts requests on the port of the prefix named <paramref name="prefix"/> to <paramref name="handler"/>. If no prefix of the server
    /// has that name, or another one has the same port, the server fails to start with <see cref="ServerStartException"/>.
    /// </summary>
    public static Pipeline MapPrefix(this Pipeline pipeline, string prefix, Func<RequestContext, Task> handler) =>
        pipeline.Use(next => PrefixRouting.Wrap(next, prefix, handler));

    /// <summary>
    /// Diverts a subtree of paths to <paramref name="handler"/>: <c>/admin</c> takes <c>/admin</c> and <c>/admin/x</c>, but not
    /// <c>/administrator</c>; case counts. While the handler runs, the prefix is moved from <see cref="Request.Path"/> to
    /// <see cref="Request.BasePath"/>.
    /// </summary>
    public static Pipeline MapPath(this Pipeline pipeline, string prefix, Func<RequestContext, Task> handler) =>
        pipeline.Use(next => PathRouting.Wrap(next, prefix, handler));

    /// <summary>Diverts requests that have the field <paramref name="name"/> to <paramref name="handler"/>.</summary>
    public static Pipeline MapField(this Pipeline pipeline, string name, Func<RequestContext, Task> handler) =>
        pipeline.Use(next => FieldRouting.Wrap(next, name, handler));

    /// <summary>
    /// Diverts requests whose field <paramref name="name"/> has exactly the value <paramref name="value"/>, compared with case, to
    /// <paramref name="handler"/>.
    /// </summary>
    public static Pipeline MapField(this Pipeline pipeline, string name, string value, Func<RequestContext, Task> handler) =>
        pipeline.Use(next => FieldRouting.Wrap(next, name, value, handler));

    /// <summary>Diverts requests for which <paramref name="predicate"/> is true to <paramref name="handler"/>.</summary>
    public static Pipeline MapWhen(this Pipeline pipeline, Func<RequestContext, bool> predicate, Func<RequestContext, Task> handler) =>
        pipeline.Use(next => PredicateRouting.Wrap(next, predicate, handler));

    /// <summary>
    /// Logs exceptions of the stages behind this one, once each, and answers with 500; answers refusals with their status; aborts the
    /// connection if the response has started. Errors are answered as text, or as <c>application/problem+json</c> (RFC 9457) if
    /// <paramref name="problemDetails"/> is true. Without a <paramref name="logger"/> the services make one of the category
    /// <c>TinyHost.Errors</c>; throws <see cref="InvalidOperationException"/> when they have no <see cref="ILoggerFactory"/>.
    /// </summary>
    public static Pipeline UseErrors(this Pipeline pipeline, bool problemDetails = false, ILogger? logger = null) =>
        UseErrors(pipeline, problemDetails ? ErrorAnswers.Problem : ErrorAnswers.Text, logger);

    /// <summary>
    /// As the other overload, with errors answered by <paramref name="answer"/>: it writes content, and may set another status than that
    /// of the error.
    /// </summary>
    public static Pipeline UseErrors(this Pipeline pipeline, Func<RequestContext, RequestError, Task> answer, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(answer);
        logger ??= LoggerOf(pipeline, "Errors");
        return pipeline.Use(next => ErrorHandling.Wrap(next, logger, answer));
    }

    /// <summary>
    /// Logs a line for each request, those included that the server answers itself, at <see cref="LogLevel.Information"/>. Scrapes and
    /// probes are left out unless <paramref name="logsMonitoring"/> is true. Without a <paramref name="logger"/> the services make one of
    /// the category <c>TinyHost.AccessLog</c>; throws <see cref="InvalidOperationException"/> when they have no
    /// <see cref="ILoggerFactory"/>.
    /// </summary>
    public static Pipeline UseAccessLog(
        this Pipeline pipeline, AccessLogFormat format = AccessLogFormat.Text, bool logsMonitoring = false, ILogger? logger = null)
    {
        logger ??= LoggerOf(pipeline, "AccessLog");
        return pipeline.Use(next => AccessLog.Wrap(next, logger, format, logsMonitoring, pipeline.Clock));
    }

    /// <summary>
    /// Believes what proxies in the networks <paramref name="trusted"/>, such as <c>10.0.0.0/8</c>, say of their clients in the X-Forwarded
    /// fields: address, scheme and host. See <see cref="Forwarded.Wrap(Func{RequestContext, Task}, ForwardedFields, string[])"/>.
    /// </summary>
    public static Pipeline UseForwarded(this Pipeline pipeline, params string[] trusted) =>
        pipeline.Use(next => Forwarded.Wrap(next, trusted));

    /// <summary>As the other overload, with the fields that the proxies set.</summary>
    public static Pipeline UseForwarded(this Pipeline pipeline, ForwardedFields fields, params string[] trusted) =>
        pipeline.Use(next => Forwarded.Wrap(next, fields, trusted));

    /// <summary>
    /// Admits clients in the networks <paramref name="allowed"/>, such as <c>10.0.0.0/8</c>, and answers all others with 403.
    /// </summary>
    public static Pipeline UseAddressFiltering(this Pipeline pipeline, params string[] allowed) =>
        pipeline.Use(next => AddressFiltering.Wrap(next, allowed));

    /// <summary>
    /// Sets limits on the content of the requests behind this stage in place of the server's: its size in bytes, its rate in bytes per
    /// second. Those that are left out stay. See <see cref="RequestLimits.Wrap"/>.
    /// </summary>
    public static Pipeline UseLimits(
        this Pipeline pipeline, long? maxBodySize = null, int? minDataRate = null, TimeSpan? minDataRateGrace = null) =>
        pipeline.Use(next => RequestLimits.Wrap(next, maxBodySize, minDataRate, minDataRateGrace));

    /// <summary>
    /// Admits known users and bearers of tokens, as in <c>UseAuthentication(auth =&gt; auth.Users("users.txt"))</c>, and answers all others
    /// with 401 and a challenge. Later stages find who sent a request in <see cref="RequestContext.User"/>. See
    /// <see cref="Authentication"/>.
    /// </summary>
    public static Pipeline UseAuthentication(this Pipeline pipeline, Action<AuthenticationOptions> configure) =>
        pipeline.Use(next => Authentication.Wrap(next, configure, pipeline.Services));

    // A logging stage that silently logs nothing would be worse than none.
    private static ILogger LoggerOf(Pipeline pipeline, string stage)
    {
        var factory = pipeline.Services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory
            ?? throw new InvalidOperationException(
                $"Use{stage} has no logger: give it one, or give the pipeline services with an {nameof(ILoggerFactory)}.");
        return ObserverGuard.Create(() => factory, $"{nameof(TinyHost)}.{stage}").Logger;
    }
}
