// Owns: where CopyToAsync of the left-behind matrix copies to: lets other steps happen between any two reads.

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class LetterSink(LeftBehindVisit visit, Steps steps) : Stream
{
    private Phase _readBegan = visit.Phase;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        visit.Read(buffer.Span, visit.Letter);
        if (_readBegan != Phase.Own)
        {
            visit.Fault("a read of CopyToAsync that began after its handler had ended succeeded.");
        }

        visit.Pause();
        await steps.Step();
        visit.Resume();
        _readBegan = visit.Phase;
        visit.Count(_readBegan);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
