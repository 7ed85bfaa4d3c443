// Owns: one request in its handler, and the check of every operation that begins during the handler or after it.

using System.Net.WebSockets;

namespace TinyHost.Tests.LeftBehindMatrix;

/// <summary>When an operation began.</summary>
internal enum Phase
{
    /// <summary>Before the request's handler ended.</summary>
    DuringHandler,

    /// <summary>After the request's handler ended, while no other handler is running.</summary>
    AfterHandler,

    /// <summary>While the handler of a later request is running.</summary>
    DuringNextRequest,
}

/// <param name="number">The number of the request on its connection, from 0.</param>
/// <param name="steps">The steps of the connection.</param>
/// <param name="failures">Receives the failures found.</param>
/// <param name="coverage">Counts the situations met.</param>
/// <param name="current">Returns the request whose handler is running, if any.</param>
internal sealed class LeftBehindRequest(
    int number, Steps steps, Failures failures, LeftBehindCoverage coverage, Func<LeftBehindRequest?> current)
{
    private volatile bool _hasEnded;
    private bool _isInside;
    private bool _isWorking;

    internal int Number => number;

    internal char Letter => LeftBehindMessages.LetterOf(number);

    internal char ResponseLetter => char.ToUpperInvariant(Letter);

    internal Phase Phase =>
        !_hasEnded ? Phase.DuringHandler
        : current() is { } other && other != this ? Phase.DuringNextRequest
        : Phase.AfterHandler;

    /// <summary>To be called just before the handler returns or throws.</summary>
    internal void End()
    {
        if (_isWorking)
        {
            coverage.Count(_isInside ? LeftBehindMoment.InsideOperation : LeftBehindMoment.BetweenOperations);
        }

        steps.PostAfterHandlerEnd(() => _hasEnded = true);
    }

    /// <summary>Runs an operation several times, with other steps in between. Stops when it was refused, or at its end, twice.</summary>
    internal async Task LoopAsync(int times, Func<ValueTask<bool>> operation, bool mayOutliveHandler = false)
    {
        _isWorking = true;
        for (var refusals = 0; times > 0 && refusals < 2; times--)
        {
            if (!await TryAsync(operation, mayOutliveHandler))
            {
                refusals++;
            }

            await steps.Step();
        }

        _isWorking = false;
    }

    /// <summary>Runs one operation of work that may have been left behind. False if it was refused or is at its end.</summary>
    private async Task<bool> TryAsync(Func<ValueTask<bool>> operation, bool mayOutliveHandler)
    {
        var began = Phase;
        _isInside = true;
        try
        {
            var hasMore = await operation();
            if (began != Phase.DuringHandler && !mayOutliveHandler)
            {
                AddFailure($"an operation that began {Describe(began)} succeeded.");
            }

            return hasMore;
        }
        catch (Exception e)
        {
            if (!IsRefusal(e) || (began != Phase.DuringHandler && !mayOutliveHandler && e is OperationCanceledException))
            {
                AddFailure($"an operation that began {Describe(began)} failed with {e}");
            }

            return false;
        }
        finally
        {
            _isInside = false;
            Count(began);
        }
    }

    /// <summary>Checks content that work of this request has read: only its letter, and the quotes of the JSON string.</summary>
    internal void CheckContent(ReadOnlySpan<byte> content, char letter)
    {
        var other = content.IndexOfAnyExcept((byte)letter, (byte)'"');
        if (other >= 0)
        {
            AddFailure($"its work read '{(char)content[other]}' (0x{content[other]:X2}) instead of '{letter}'.");
        }
    }

    internal void Count(Phase began)
    {
        if (began != Phase.DuringHandler)
        {
            coverage.Count(began == Phase.AfterHandler ? LeftBehindMoment.AfterHandler : LeftBehindMoment.DuringNextRequest);
        }
    }

    /// <summary>Marks the time between two reads of one operation, until <see cref="Resume"/>.</summary>
    internal void Pause() => _isInside = false;

    internal void Resume() => _isInside = true;

    internal void AddFailure(string failure) => failures.Add($"Request {number}: {failure}");

    private static string Describe(Phase phase) => phase switch
    {
        Phase.DuringHandler => "before its handler ended",
        Phase.AfterHandler => "after its handler had ended",
        _ => "while the handler of a later request was running",
    };

    // RequestRejectedException and PeerGoneException are IOExceptions; ObjectDisposedException is an InvalidOperationException.
    private static bool IsRefusal(Exception e) =>
        e is InvalidOperationException or IOException or OperationCanceledException or WebSocketException;
}
