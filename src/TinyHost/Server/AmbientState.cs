// Owns: that what a handler's synchronous part leaves on its thread (async-local values, the culture, the current activity, a suppressed flow,
// a synchronization context) reaches neither the next request nor what else the thread does.
// Does not own: what flows with the handler's own tasks.

namespace TinyHost;

internal static class AmbientState
{
    /// <summary>Returns to the context that a connection is served in. It has no synchronization context.</summary>
    internal static void Restore(ExecutionContext? execution)
    {
        if (ExecutionContext.Capture() != execution)
        {
            RestoreExecution(execution);
        }

        if (SynchronizationContext.Current is not null)
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    private static void RestoreExecution(ExecutionContext? execution)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            ExecutionContext.RestoreFlow();
        }

        if (execution is not null)
        {
            ExecutionContext.Restore(execution);
        }
    }
}
