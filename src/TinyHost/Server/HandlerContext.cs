// Owns: the execution context every request of a server starts with, and knowing whether the caller runs in it.
// Does not own: when it is entered (Connection).

namespace TinyHost;

/// <summary>
/// A clean context but for one mark, made once. By the mark a stop sees that it was called by a handler, or by work that a handler started, and does
/// not wait for it.
/// </summary>
internal sealed class HandlerContext
{
    private static readonly AsyncLocal<HandlerContext?> s_current = new();

    private ExecutionContext? _context;

    /// <summary>True on every path that began in a handler of this server.</summary>
    internal bool IsCurrent => s_current.Value == this;

    /// <summary>Makes this the context of the calling path, and returns it. The first call must come from a clean one.</summary>
    internal ExecutionContext? Enter()
    {
        if (_context is { } context)
        {
            ExecutionContext.Restore(context);
            return context;
        }

        s_current.Value = this;
        return _context = ExecutionContext.Capture();
    }
}
