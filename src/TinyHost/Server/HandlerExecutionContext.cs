// Owns: the execution context that handlers start in, and restoring it after a handler's synchronous part.

namespace TinyHost;

/// <summary>
/// A clean execution context with one mark, made once for each run of a server. By the mark a stop sees that a handler called it, or work
/// that a handler started, and does not wait for that handler.
/// </summary>
internal sealed class HandlerExecutionContext
{
    private static readonly AsyncLocal<HandlerExecutionContext?> s_current = new();

    private ExecutionContext? _context;

    /// <summary>True in a handler of this server, and in work that one started.</summary>
    internal bool IsCurrent => s_current.Value == this;

    /// <summary>Makes this the context of the caller. The first call must come from a clean one.</summary>
    internal void Enter()
    {
        if (_context is { } context)
        {
            ExecutionContext.Restore(context);
            return;
        }

        s_current.Value = this;
        _context = ExecutionContext.Capture();
    }

    /// <summary>Undoes what a handler left on its thread: async-local values, culture, activity, synchronization context.</summary>
    internal void Restore()
    {
        if (ExecutionContext.Capture() != _context)
        {
            if (ExecutionContext.IsFlowSuppressed())
            {
                ExecutionContext.RestoreFlow();
            }

            if (_context is not null)
            {
                ExecutionContext.Restore(_context);
            }
        }

        if (SynchronizationContext.Current is not null)
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }
}
