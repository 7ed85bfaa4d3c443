// Owns: finding the stages behind the delegate a server was given.
// Does not own: what stages do with that (IStage).

namespace TinyHost;

internal static class StageSearch
{
    /// <summary>Every stage reachable through delegate targets and <see cref="IStage.Inner"/>, each once, outermost first.</summary>
    internal static List<IStage> Find(Func<RequestContext, Task> app)
    {
        var found = new List<IStage>();
        AddTo(found, app);
        return found;
    }

    /// <summary>The paths that these stages name.</summary>
    internal static List<string> LiteralPaths(List<IStage> stages)
    {
        var paths = new List<string>();
        foreach (var stage in stages)
        {
            if (stage is ILiteralPaths literal)
            {
                paths.AddRange(literal.LiteralPaths);
            }
        }

        return paths;
    }

    /// <summary>
    /// Adds them to a list. Where a stage throws, those found before it are in the list.
    /// </summary>
    internal static void AddTo(List<IStage> found, Func<RequestContext, Task> app)
    {
        if (app.Target is IStage stage && !found.Contains(stage))
        {
            found.Add(stage);
            foreach (var inner in stage.Inner)
            {
                AddTo(found, inner);
            }
        }
    }
}
