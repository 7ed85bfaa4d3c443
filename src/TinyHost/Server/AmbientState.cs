// Owns: that what a handler's synchronous part leaves on its thread (async-local values, the culture, the current activity, a suppressed flow,
// a synchronization context) reaches neither the next request nor what else the thread does.
// Does not own: what flows with the handler's own tasks.

namespace TinyHost;

/// <summary>What a thread carries along, from before a handler is called to after.</summary>
internal readonly struct AmbientState(ExecutionContext? execution)
{
    private readonly SynchronizationContext? _synchronization = SynchronizationContext.Current;

    internal void Restore()
    {
        if (ExecutionContext.Capture() != execution)
        {
            RestoreExecution();
        }

        if (SynchronizationContext.Current != _synchronization)
        {
            SynchronizationContext.SetSynchronizationContext(_synchronization);
        }
    }

    private void RestoreExecution()
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
