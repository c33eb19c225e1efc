"""Run the numeric tests with the instructions of several processors.

OpenBLAS, PyTorch and oneDNN choose their kernels by the instructions that a processor
has. Kernels add up products in different orders, so their results differ in the last
digits. This script makes the libraries choose the kernels of older processors too.

Run ``python tests/kernels.py`` for all settings, or name one, as in
``python tests/kernels.py --kernel Haswell --threads 2``. Other arguments are passed to
pytest.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NUMERIC = ["features", "preprocessing", "networks", "baselines", "models"]
# Kernels of OpenBLAS, with ATEN_CPU_CAPABILITY, DNNL_MAX_CPU_ISA, and the flag that
# /proc/cpuinfo must contain.
KERNELS = {
    "Prescott": ("default", "SSE41", "ssse3"),
    "Sandybridge": ("default", "AVX", "avx"),
    "Haswell": ("avx2", "AVX2", "avx2"),
    "SkylakeX": ("avx512", "AVX512_CORE", "avx512f"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", choices=KERNELS, help="default: all")
    parser.add_argument("--threads", type=int, help="default: 1, then 2")
    known, arguments = parser.parse_known_args()
    flags = processor_flags()
    failed = []
    for kernel in [known.kernel] if known.kernel else KERNELS:
        aten, dnnl, flag = KERNELS[kernel]
        for threads in [known.threads] if known.threads else (1, 2):
            setting = f"{kernel}, threads: {threads}"
            if flags and flag not in flags:
                say(f"{setting}: skipped, since this processor has no {flag}")
                continue
            say(setting)
            environment = {
                "OPENBLAS_CORETYPE": kernel,
                "ATEN_CPU_CAPABILITY": aten,
                "DNNL_MAX_CPU_ISA": dnnl,
                "OMP_NUM_THREADS": str(threads),
            }
            tests = [str(ROOT / "tests" / folder) for folder in NUMERIC]
            command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", *tests]
            done = subprocess.run(
                [*command, *arguments], cwd=ROOT, env={**os.environ, **environment}
            )
            if done.returncode:
                failed.append(setting)
    if failed:
        sys.exit(f"Tests failed with these kernels: {'; '.join(failed)}")
    say("The numeric tests passed with all kernels that this processor can run.")


def processor_flags():
    """Return the names of the instruction sets, or an empty set if they are unknown."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return {flag for line in lines if line.startswith("flags") for flag in line.split()}


def say(text):
    sys.stdout.write(f"== {text} ==\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
