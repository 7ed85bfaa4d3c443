// Owns: one request's stay at its handler, and the judgement on every operation that begins during it or after it.

using System.Net.WebSockets;

namespace TinyHost.Tests.LeftBehindMatrix;

/// <summary>When an operation began.</summary>
internal enum Phase
{
    /// <summary>Before the request's handler ended.</summary>
    Own,

    /// <summary>After the handler ended, while no other request is at its handler.</summary>
    After,

    /// <summary>While a later request is at its handler.</summary>
    Later,
}

internal sealed class LeftBehindVisit(int request, Steps steps, Faults faults, LeftBehindCoverage coverage, Func<LeftBehindVisit?> current)
{
    private volatile bool _hasEnded;
    private bool _isInside;
    private bool _isWorking;

    internal int Request => request;

    internal char Letter => LeftBehindMessages.LetterOf(request);

    internal char ResponseLetter => char.ToUpperInvariant(Letter);

    internal Phase Phase => !_hasEnded ? Phase.Own : current() is { } other && other != this ? Phase.Later : Phase.After;

    /// <summary>The handler returns or throws next.</summary>
    internal void End()
    {
        if (_isWorking)
        {
            coverage.Count(_isInside ? LeftBehindMoment.InsideOperation : LeftBehindMoment.BetweenOperations);
        }

        steps.OnceNoticed(() => _hasEnded = true);
    }

    /// <summary>Repeats an operation with any number of steps in between, until it returns false or has been refused twice.</summary>
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

    /// <summary>One operation of code that may have been left behind. False when it was refused or is at its end.</summary>
    internal async Task<bool> TryAsync(Func<ValueTask<bool>> operation, bool mayOutliveHandler = false)
    {
        var began = Phase;
        _isInside = true;
        try
        {
            var goesOn = await operation();
            if (began != Phase.Own && !mayOutliveHandler)
            {
                faults.Add($"Request {request}: an operation that began {Describe(began)} succeeded.");
            }

            return goesOn;
        }
        catch (Exception e)
        {
            if (!IsRefusal(e) || (began != Phase.Own && !mayOutliveHandler && e is OperationCanceledException))
            {
                faults.Add($"Request {request}: an operation that began {Describe(began)} failed with {e}");
            }

            return false;
        }
        finally
        {
            _isInside = false;
            Count(began);
        }
    }

    /// <summary>Content that code of this request has read.</summary>
    internal void Read(ReadOnlySpan<byte> octets, char letter)
    {
        // Quotes are JSON's.
        var other = octets.IndexOfAnyExcept((byte)letter, (byte)'"');
        if (other >= 0)
        {
            faults.Add($"Request {request}: its code read '{(char)octets[other]}' (0x{octets[other]:X2}) in place of '{letter}'.");
        }
    }

    internal void Count(Phase began)
    {
        if (began != Phase.Own)
        {
            coverage.Count(began == Phase.After ? LeftBehindMoment.AfterHandler : LeftBehindMoment.DuringNextRequest);
        }
    }

    /// <summary>An operation of several reads is between two of them.</summary>
    internal void Pause() => _isInside = false;

    internal void Resume() => _isInside = true;

    internal void Fault(string sentence) => faults.Add($"Request {request}: {sentence}");

    private static string Describe(Phase phase) => phase switch
    {
        Phase.Own => "before its handler ended",
        Phase.After => "after its handler had ended",
        _ => "while a later request was at its handler",
    };

    // RequestRejectedException and the server's own are IOExceptions, ObjectDisposedException is an InvalidOperationException.
    private static bool IsRefusal(Exception e) => e is InvalidOperationException or IOException or OperationCanceledException or WebSocketException;
}
