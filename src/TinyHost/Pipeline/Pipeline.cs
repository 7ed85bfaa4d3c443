// Owns: folding middleware into one function, once.
// Does not own: any stage, or how stages are told of their server's life (IStage).

using Microsoft.Extensions.Configuration;

namespace TinyHost;

/// <summary>
/// A list of middleware, each a function from handler to handler. The first one added sees a request first.
/// </summary>
public sealed class Pipeline
{
    internal const string SettingsSection = "TinyHost";

    /// <summary>
    /// A pipeline. <paramref name="services"/> are those of the application, if any. <paramref name="settings"/> is the section with the settings
    /// of its server; by default the section <c>TinyHost</c> of the services' configuration.
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

    private readonly List<Func<Func<RequestContext, Task>, Func<RequestContext, Task>>> _middleware = [];

    /// <summary>Adds a stage behind those added before.</summary>
    public Pipeline Use(Func<Func<RequestContext, Task>, Func<RequestContext, Task>> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        _middleware.Add(middleware);
        return this;
    }

    /// <summary>
    /// Folds the stages around the last handler. The result is a plain function: it can be wrapped again, or given to a server.
    /// It shows the server every <see cref="IStage"/> that was folded in, those behind lambdas too.
    /// Throws <see cref="InvalidOperationException"/> when a middleware returns null. After an exception, the stages folded in so far have been
    /// told that they are not started (<see cref="IStage.NotStarted"/>).
    /// </summary>
    public Func<RequestContext, Task> Run(Func<RequestContext, Task> terminal)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        var chain = terminal;
        List<Func<RequestContext, Task>> stages = [];
        try
        {
            for (var i = _middleware.Count - 1; ; i--)
            {
                if (chain.Target is IStage && !stages.Contains(chain))
                {
                    stages.Add(chain);
                }

                if (i < 0)
                {
                    break;
                }

                chain = _middleware[i](chain)
                    ?? throw new InvalidOperationException($"Middleware {i + 1} of {_middleware.Count} in the pipeline returned null instead of a handler.");
            }
        }
        catch
        {
            Abandon(stages);
            throw;
        }

        // With nothing to show, or nothing but the outermost delegate, the chain needs no wrapper.
        return stages.Count == 0 || (stages.Count == 1 && stages[0] == chain) ? chain : new FoldedChain(chain, stages).InvokeAsync;
    }

    private static void Abandon(List<Func<RequestContext, Task>> stages)
    {
        var guard = new ObserverGuard(logger: null);
        var found = new List<IStage>();
        foreach (var stage in stages)
        {
            guard.Run("A stage of the chain", (stage, found), static search => StageSearch.AddTo(search.found, search.stage));
        }

        foreach (var stage in found)
        {
            guard.Run($"Stage {stage.GetType()}, told that the server has not started,", stage, static stage => stage.NotStarted());
        }
    }
}
