// Owns: showing the server the stages of a folded chain that lambdas would hide.
// Does not own: the folding (Pipeline).

namespace TinyHost;

internal sealed class FoldedChain(Func<RequestContext, Task> chain, IReadOnlyList<Func<RequestContext, Task>> stages) : IStage
{
    IEnumerable<Func<RequestContext, Task>> IStage.Inner => stages;

    internal Task InvokeAsync(RequestContext context) => chain(context);
}
