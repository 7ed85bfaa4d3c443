// Owns: the short spelling of the built-in stages in a chain of calls.
// Does not own: any of them: each line names the function that does.

using Microsoft.Extensions.Logging;

namespace TinyHost;

/// <summary>The built-in stages, added to a <see cref="Pipeline"/>.</summary>
public static class PipelineExtensions
{
    /// <summary>See <see cref="PortRouting.To"/>.</summary>
    public static Pipeline MapPort(this Pipeline pipeline, int port, Func<RequestContext, Task> handler) =>
        pipeline.Use(PortRouting.To(port, handler));

    /// <summary>See <see cref="PathRouting.To"/>.</summary>
    public static Pipeline MapPath(this Pipeline pipeline, string prefix, Func<RequestContext, Task> handler) =>
        pipeline.Use(PathRouting.To(prefix, handler));

    /// <summary>See <see cref="FieldRouting.To(string, Func{RequestContext, Task})"/>.</summary>
    public static Pipeline MapField(this Pipeline pipeline, string name, Func<RequestContext, Task> handler) =>
        pipeline.Use(FieldRouting.To(name, handler));

    /// <summary>See <see cref="FieldRouting.To(string, string, Func{RequestContext, Task})"/>.</summary>
    public static Pipeline MapField(this Pipeline pipeline, string name, string value, Func<RequestContext, Task> handler) =>
        pipeline.Use(FieldRouting.To(name, value, handler));

    /// <summary>See <see cref="PredicateRouting.To"/>.</summary>
    public static Pipeline MapWhen(this Pipeline pipeline, Func<RequestContext, bool> predicate, Func<RequestContext, Task> handler) =>
        pipeline.Use(PredicateRouting.To(predicate, handler));

    /// <summary>
    /// See <see cref="Errors.Answer"/>. Without a <paramref name="logger"/>, one of the category <c>TinyHost.Errors</c> is made by the
    /// services; throws <see cref="InvalidOperationException"/> when they have no <see cref="ILoggerFactory"/>.
    /// </summary>
    public static Pipeline UseErrors(this Pipeline pipeline, ILogger? logger = null) =>
        pipeline.Use(Errors.Answer(logger ?? LoggerOf(pipeline, nameof(Errors))));

    /// <summary>
    /// See <see cref="AccessLog.To"/>. Without a <paramref name="logger"/>, one of the category <c>TinyHost.AccessLog</c> is made by the
    /// services; throws <see cref="InvalidOperationException"/> when they have no <see cref="ILoggerFactory"/>.
    /// </summary>
    public static Pipeline UseAccessLog(this Pipeline pipeline, ILogger? logger = null) =>
        pipeline.Use(AccessLog.To(logger ?? LoggerOf(pipeline, nameof(AccessLog))));

    /// <summary>See <see cref="BasicAuthentication.Require(string, ValueTuple{string, string}[])"/>.</summary>
    public static Pipeline UseBasicAuthentication(this Pipeline pipeline, string realm, params (string Name, string Password)[] users) =>
        pipeline.Use(BasicAuthentication.Require(realm, users));

    /// <summary>See <see cref="BearerAuthentication.Require(string, string[])"/>.</summary>
    public static Pipeline UseBearerAuthentication(this Pipeline pipeline, string realm, params string[] tokens) =>
        pipeline.Use(BearerAuthentication.Require(realm, tokens));

    // A stage that is there to log, and silently does not, would be worse than none.
    private static ILogger LoggerOf(Pipeline pipeline, string stage)
    {
        var factory = pipeline.Services?.GetService(typeof(ILoggerFactory)) as ILoggerFactory
            ?? throw new InvalidOperationException(
                $"Use{stage} has no logger: give it one, or give the pipeline services with an {nameof(ILoggerFactory)}.");
        return ObserverGuard.Create(() => factory, $"{nameof(TinyHost)}.{stage}").Logger;
    }
}
