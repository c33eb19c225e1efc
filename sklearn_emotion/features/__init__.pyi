from ._asymmetry import (
    EEGAsymmetry as EEGAsymmetry,
    caudality_pairs as caudality_pairs,
    hemisphere_pairs as hemisphere_pairs,
)
from ._band_power import (
    POWER_BANDS as POWER_BANDS,
    BandPower as BandPower,
    band_power as band_power,
)
from ._connectivity import (
    DynamicConnectivity as DynamicConnectivity,
    connectivity as connectivity,
)
from ._eda import EDAFeatures as EDAFeatures, decompose_eda as decompose_eda
from ._emg import EMGFeatures as EMGFeatures
from ._entropy import SignalEntropy as SignalEntropy
from ._eog import EOGFeatures as EOGFeatures
from ._face import FaceLandmarkFeatures as FaceLandmarkFeatures
from ._fractal import FractalDimension as FractalDimension
from ._grid import GridProjector9x9 as GridProjector9x9, project_grid as project_grid
from ._hjorth import Hjorth as Hjorth
from ._hrv import (
    HRVFeatures as HRVFeatures,
    HRVSeries as HRVSeries,
    rr_intervals as rr_intervals,
)
from ._images import IMAGE_BANDS as IMAGE_BANDS, BandImages as BandImages
from ._pulse import PulseFeatures as PulseFeatures
from ._pulse_peaks import find_pulse_peaks as find_pulse_peaks
from ._r_peaks import find_r_peaks as find_r_peaks
from ._remote_pulse import RemotePulse as RemotePulse
from ._respiration import RespirationFeatures as RespirationFeatures
from ._spectral import (
    DE_BANDS as DE_BANDS,
    DifferentialEntropy as DifferentialEntropy,
    differential_entropy as differential_entropy,
)
from ._statistics import SignalStatistics as SignalStatistics
from ._temperature import TemperatureFeatures as TemperatureFeatures
