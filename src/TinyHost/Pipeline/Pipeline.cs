// Owns: folding middleware into one function, once.
// Does not own: any stage.

namespace TinyHost;

/// <summary>
/// A list of middleware, each a function from handler to handler. The first one added sees a request first.
/// </summary>
public sealed class Pipeline
{
    /// <summary>A pipeline; <paramref name="services"/> are those of the application, an empty provider when null.</summary>
    public Pipeline(IServiceProvider? services = null) => Services = services;

    /// <summary>The services of the application, where stages look for their settings and loggers; null without any.</summary>
    public IServiceProvider? Services { get; }

    /// <summary>Adds a stage behind those added before.</summary>
    public Pipeline Use(Func<Func<RequestContext, Task>, Func<RequestContext, Task>> middleware) => throw new NotImplementedException();

    /// <summary>Folds the stages around the last handler. The result is a plain function: it can be wrapped again, or given to a server.</summary>
    public Func<RequestContext, Task> Run(Func<RequestContext, Task> terminal) => throw new NotImplementedException();
}
