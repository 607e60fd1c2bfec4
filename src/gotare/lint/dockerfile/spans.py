"""Where does a finding about an instruction point to?"""

from __future__ import annotations

from gotare.lint.dockerfile.syntax import Instruction, Span


def written(instruction: Instruction) -> Span:
    """Return an instruction from its keyword to its last character, without heredocs."""
    end = instruction.offsets[-1] + 1 if instruction.offsets else instruction.keyword.end
    flags = max((flag.span.end for flag in instruction.flags), default=end)
    return Span(instruction.keyword.start, max(end, flags, instruction.keyword.end))


def arguments(instruction: Instruction) -> Span:
    """Return what stands after the keyword and the flags; the keyword where that is nothing."""
    text = instruction.value
    first = len(text) - len(text.lstrip())
    last = len(text.rstrip())
    return instruction.place(first, last) if first < last else instruction.keyword
