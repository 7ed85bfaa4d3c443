// Owns: folding middleware into one handler, once.

using Microsoft.Extensions.Configuration;

namespace TinyHost;

/// <summary>A list of middleware: functions that take a handler and return one. The first one added sees a request first.</summary>
public sealed class Pipeline
{
    internal const string SettingsSection = "TinyHost";

    private readonly List<Func<Func<RequestContext, Task>, Func<RequestContext, Task>>> _middleware = [];

    /// <summary>
    /// An empty pipeline. <paramref name="services"/> are the application's, if any. <paramref name="settings"/> is the configuration
    /// section of its server; by default the section <c>TinyHost</c> of the services' configuration.
    /// </summary>
    public Pipeline(IServiceProvider? services = null, IConfigurationSection? settings = null)
    {
        Services = services;
        Settings = settings ?? (services?.GetService(typeof(IConfiguration)) as IConfiguration)?.GetSection(SettingsSection);
    }

    /// <summary>The services of the application, where stages look for their loggers; null without any.</summary>
    public IServiceProvider? Services { get; }

    /// <summary>
    /// The section with the settings of the server and its stages: <c>TinyHost</c>, or <c>TinyHost:name</c> for a server with a name; null
    /// without a configuration.
    /// </summary>
    public IConfigurationSection? Settings { get; }

    /// <summary>The clock that the services have; null for the system's.</summary>
    internal TimeProvider? Clock => Services?.GetService(typeof(TimeProvider)) as TimeProvider;

    /// <summary>Adds middleware behind that added before: a function that wraps the rest of the chain.</summary>
    public Pipeline Use(Func<Func<RequestContext, Task>, Func<RequestContext, Task>> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        _middleware.Add(middleware);
        return this;
    }

    /// <summary>
    /// Folds the middleware around the last handler. The result is a handler: it can be wrapped again, or given to a server. Its server
    /// sees every <see cref="Stage"/> folded in, even those with lambdas around them. Throws <see cref="InvalidOperationException"/> when
    /// middleware returns null. After an exception, <see cref="Stage.NotStarted"/> has been called for the stages folded in so far.
    /// </summary>
    public Func<RequestContext, Task> Run(Func<RequestContext, Task> last)
    {
        ArgumentNullException.ThrowIfNull(last);
        var chain = last;
        List<Func<RequestContext, Task>> folded = [last];
        try
        {
            for (var i = _middleware.Count - 1; i >= 0; i--)
            {
                chain = _middleware[i](chain)
                    ?? throw new InvalidOperationException(
                        $"Middleware {i + 1} of {_middleware.Count} in the pipeline returned null instead of a handler.");
                folded.Add(chain);
            }
        }
        catch
        {
            var stages = new StageRun(new ObserverGuard(logger: null));
            stages.Find(new FoldedChain(chain, folded));
            stages.End();
            throw;
        }

        var visible = StageRun.FindAll(chain);
        return folded.TrueForAll(
            handler => handler.Target is not Stage stage || visible.Contains(stage)) ? chain : new FoldedChain(chain, folded);
    }

    /// <summary>Folds the middleware around routes. See <see cref="Run(Func{RequestContext, Task})"/>.</summary>
    public Func<RequestContext, Task> Run(Routes routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return Run(routes.HandleAsync);
    }

    // Shows the server the stages that lambdas would hide.
    private sealed class FoldedChain(Func<RequestContext, Task> chain, List<Func<RequestContext, Task>> folded) : Stage([.. folded])
    {
        protected override Task InvokeAsync(RequestContext context) => chain(context);
    }
}
